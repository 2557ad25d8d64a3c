/** Amounts are whole numbers of 1/10000, so that ten times 0.1 CPU is exactly one. */
export const UNIT = 10_000;

export type ResourceMap = Readonly<Record<string, number>>;

/** What one piece of work demands. Interned: equal demands are the same object. */
export class ResourceShape {
  static readonly #interned = new Map<string, ResourceShape>();
  static readonly NONE = ResourceShape.of({});
  static readonly ONE_CPU = ResourceShape.of({ CPU: 1 });

  readonly key: string;
  readonly names: readonly string[];
  readonly amounts: readonly number[];
  /** CPUs in units: what decides how many of these fit on a thread. */
  readonly cpu: number;

  private constructor(key: string, names: readonly string[], amounts: readonly number[]) {
    this.key = key;
    this.names = names;
    this.amounts = amounts;
    this.cpu = amounts[names.indexOf('CPU')] ?? 0;
  }

  static of(resources: ResourceMap): ResourceShape {
    const entries = Object.entries(resources)
      .map(([name, amount]) => [name, Math.round(amount * UNIT)] as const)
      .filter(([, amount]) => amount > 0)
      .sort(([a], [b]) => (a < b ? -1 : 1));
    const key = entries.map(([name, amount]) => `${name}:${amount / UNIT}`).join(' ');
    let shape = ResourceShape.#interned.get(key);
    if (shape === undefined) {
      shape = new ResourceShape(
        key,
        entries.map(([name]) => name),
        entries.map(([, amount]) => amount),
      );
      ResourceShape.#interned.set(key, shape);
    }
    return shape;
  }

  /** Whether both demand some of the same resource. */
  overlaps(other: ResourceShape): boolean {
    return this.names.some(name => other.names.includes(name));
  }

  /** `{ CPU: 2, tpu: 1 }` in words, for warnings and `explain`. */
  toString(): string {
    if (this.names.length === 0) return 'nothing';
    return this.names.map((name, i) => `${(this.amounts[i] ?? 0) / UNIT} ${name}`).join(', ');
  }
}

/** What a node, or a bundle of a placement group, has and what of it is free. */
export class ResourcePool {
  readonly #total = new Map<string, number>();
  readonly #available = new Map<string, number>();

  constructor(total: ResourceMap) {
    this.extend(total);
  }

  /** Whether `shape` fits now. */
  fits(shape: ResourceShape): boolean {
    return within(shape, this.#available);
  }

  /** Whether `shape` would fit if nothing else ran. */
  couldEverFit(shape: ResourceShape): boolean {
    return within(shape, this.#total);
  }

  /** The resources of which even the whole pool has too little, in words. */
  missing(shape: ResourceShape): string {
    return shape.names
      .filter((name, i) => (shape.amounts[i] ?? 0) > (this.#total.get(name) ?? 0))
      .map(name => `${name} (has ${(this.#total.get(name) ?? 0) / UNIT})`)
      .join(', ');
  }

  /** There is that much more from now on. */
  extend(more: ResourceMap): void {
    for (const [name, amount] of Object.entries(more)) {
      for (const amounts of [this.#total, this.#available]) {
        amounts.set(name, (amounts.get(name) ?? 0) + Math.round(amount * UNIT));
      }
    }
  }

  take(shape: ResourceShape): void {
    this.#add(shape, -1);
  }

  give(shape: ResourceShape): void {
    this.#add(shape, 1);
  }

  get total(): Record<string, number> {
    return toMap(this.#total);
  }

  get available(): Record<string, number> {
    return toMap(this.#available);
  }

  #add(shape: ResourceShape, sign: 1 | -1): void {
    const { names, amounts } = shape;
    for (let i = 0; i < names.length; i++) {
      const name = names[i] as string;
      this.#available.set(name, (this.#available.get(name) ?? 0) + sign * (amounts[i] as number));
    }
  }
}

function within(shape: ResourceShape, amounts: ReadonlyMap<string, number>): boolean {
  const { names, amounts: wanted } = shape;
  for (let i = 0; i < names.length; i++) {
    if ((amounts.get(names[i] as string) ?? 0) < (wanted[i] as number)) return false;
  }
  return true;
}

function toMap(amounts: ReadonlyMap<string, number>): Record<string, number> {
  return Object.fromEntries([...amounts].map(([name, amount]) => [name, amount / UNIT]));
}
