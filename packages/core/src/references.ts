import { type Payload, type ReferenceAdapter, SerializationError, type WireReference } from '@aktis/transport';
import { OwnerDiedError } from './errors.ts';
import type { Holdable } from './object-entry.ts';
import { isObjectRef, isObjectRefStream, isRefGroup, ObjectRef } from './object-ref.ts';
import type { Runtime } from './runtime.ts';

export const ReferenceKind = { Object: 0, Actor: 1 } as const;

/** How one more class of references travels; actor handles are such a class. */
export interface ReferenceClass {
  readonly kind: number;
  matches(value: object): boolean;
  /** The fields after the kind, and what they name. The first field is its id. */
  encode(value: object, home: Runtime): { readonly fields: readonly unknown[]; readonly held: Holdable };
  decode(fields: readonly unknown[], held: Holdable, home: Runtime): object;
}

const classes: ReferenceClass[] = [];

export function registerReferenceClass(type: ReferenceClass): void {
  if (!classes.some(other => other.kind === type.kind)) classes.push(type);
}

/** How a runtime finds what a decoded reference names, and learns of the handle it now has. */
export interface ReferenceHome {
  /** Whether it must know what an encoded value refers to: an owner must, a worker leaves it to its node. */
  readonly collects: boolean;
  resolve(id: number, publicId: string | undefined): Holdable;
  /** A reference object came to be by decoding. */
  received(reference: object, id: number): void;
}

/** What the codec of one runtime does with refs and handles. */
export class References implements ReferenceAdapter {
  readonly #runtime: Runtime;
  readonly #home: ReferenceHome;
  #collected: Holdable[] | null = null;
  #source: ReadonlyMap<number, Holdable> | null = null;

  constructor(runtime: Runtime, home: ReferenceHome) {
    this.#runtime = runtime;
    this.#home = home;
  }

  matches(value: object): boolean {
    if (isObjectRef(value)) return true;
    for (const type of classes) if (type.matches(value)) return true;
    return false;
  }

  encode(value: object): WireReference {
    if (isObjectRef(value)) {
      if (isObjectRefStream(value)) {
        throw new SerializationError(
          'A stream of refs cannot be passed on: consume it here, or get(stream) and pass the values',
          'value',
        );
      }
      this.#collect(this.#own(value).held);
      const { id, publicId } = value.held;
      return publicId === undefined ? [ReferenceKind.Object, id] : [ReferenceKind.Object, id, publicId];
    }
    for (const type of classes) {
      if (!type.matches(value)) continue;
      const { fields, held } = type.encode(value, this.#runtime);
      this.#collect(held);
      return [type.kind, ...fields];
    }
    throw new TypeError('not a reference');
  }

  decode([kind, id, ...rest]: WireReference): object {
    const publicId = typeof rest.at(-1) === 'string' ? foreignId(kind, rest) : undefined;
    const held = this.#source?.get(id as number) ?? this.#home.resolve(id as number, publicId);
    const type = classes.find(other => other.kind === kind);
    const reference = type?.decode([id, ...rest], held, this.#runtime) ?? new ObjectRef(held, this.#runtime);
    this.#home.received(reference, id as number);
    return reference;
  }

  /** What was referred to by all that was encoded since the last call. */
  takeCollected(): readonly Holdable[] | null {
    const collected = this.#collected;
    this.#collected = null;
    return collected;
  }

  /** Runs `decode` with references resolved to what the payload is known to contain. */
  within<T>(contains: readonly Holdable[] | null, decode: () => T): T {
    this.#source = contains === null ? null : new Map(contains.map(item => [item.id, item]));
    try {
      return decode();
    } finally {
      this.#source = null;
    }
  }

  #collect(item: Holdable): void {
    if (!this.#home.collects) return;
    this.#collected ??= [];
    this.#collected.push(item);
  }

  #own(ref: ObjectRef): ObjectRef {
    if (ref.home !== this.#runtime) throw foreignRef(ref);
    return ref;
  }
}

/** The id users see of another node's object or actor; it comes last, and is absent for what belongs to this node. */
function foreignId(kind: number, fields: readonly unknown[]): string | undefined {
  const length = kind === ReferenceKind.Object ? 1 : 4;
  return fields.length === length ? (fields[length - 1] as string) : undefined;
}

export function foreignRef(ref: unknown): Error {
  if (isObjectRef(ref) && ref.home.hasEnded) {
    return new OwnerDiedError(`${ref} belongs to a session that was shut down`);
  }
  return new SerializationError(`${ref} belongs to a session that has ended, or to another thread`, 'value');
}

/** The arguments of one call, encoded; refs at the top level apart. */
export interface EncodedArguments {
  readonly payload: Payload;
  readonly contains: readonly Holdable[] | null;
  readonly dependencies: readonly Holdable[] | null;
  /** Argument positions; an element of a ref group has `groupPosition(argument, element)`. */
  readonly positions: readonly number[] | null;
}

const GROUP_SPAN = 65_536;

/** Where element `element` of the group at `argument` goes: a negative number, to tell it from an argument. */
function groupPosition(argument: number, element: number): number {
  return -(argument * GROUP_SPAN + element) - 1;
}

/** Puts a resolved dependency where it belongs among decoded arguments. */
export function placeArgument(args: unknown[], position: number, value: unknown): void {
  if (position >= 0) {
    args[position] = value;
    return;
  }
  const at = -position - 1;
  const argument = Math.floor(at / GROUP_SPAN);
  if (!Array.isArray(args[argument])) args[argument] = [];
  (args[argument] as unknown[])[at % GROUP_SPAN] = value;
}

/** Takes the refs out of the top level of `args`; null when there are none (the usual case, which costs nothing). */
export function splitDependencies(
  args: readonly unknown[],
  home: Runtime,
): { readonly args: unknown[]; readonly dependencies: Holdable[]; readonly positions: number[] } | null {
  if (!args.some(isDependency)) return null;
  const rest = [...args];
  const dependencies: Holdable[] = [];
  const positions: number[] = [];
  const add = (ref: ObjectRef, position: number) => {
    if (ref.home !== home) throw foreignRef(ref);
    dependencies.push(ref.held);
    positions.push(position);
  };
  for (let i = 0; i < args.length; i++) {
    const arg = args[i];
    if (isObjectRefStream(arg)) {
      throw new SerializationError(
        `argument ${i + 1} is a stream of refs, which cannot be passed on: consume it here, or get(stream) and pass the values`,
        `argument ${i + 1}`,
      );
    }
    if (isObjectRef(arg)) {
      add(arg, i);
      rest[i] = null;
    } else if (isRefGroup(arg)) {
      arg.forEach((ref, element) => {
        add(ref, groupPosition(i, element));
      });
      rest[i] = null;
    }
  }
  return { args: rest, dependencies, positions };
}

function isDependency(value: unknown): boolean {
  return typeof value === 'object' && value !== null && (isObjectRef(value) || isRefGroup(value));
}
