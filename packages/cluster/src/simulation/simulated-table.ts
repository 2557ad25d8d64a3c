import type { Entry } from '../control-store.ts';
import type { VirtualTime } from './virtual-time.ts';

/** One table as the server of the store keeps it. */
export class SimulatedTable {
  readonly #time: VirtualTime;
  /** Entries vanish so long after they were written. */
  readonly #lifetime: number;
  readonly #entries = new Map<string, { entry: Entry; writtenAt: number }>();
  /** Every change there ever was, for who was away. */
  readonly changes: { readonly key: string; readonly entry: Entry | undefined }[] = [];
  readonly onChange = new Set<() => void>();
  #revision = 0;

  constructor(time: VirtualTime, lifetime: number) {
    this.#time = time;
    this.#lifetime = lifetime;
  }

  get(key: string): Entry | undefined {
    const held = this.#entries.get(key);
    return held === undefined || this.#time.now - held.writtenAt >= this.#lifetime ? undefined : held.entry;
  }

  list(prefix: string): Entry[] {
    const keys = [...this.#entries.keys()].filter(key => key.startsWith(prefix));
    return keys.map(key => this.get(key)).filter(entry => entry !== undefined);
  }

  create(key: string, value: string): number | undefined {
    return this.get(key) === undefined ? this.put(key, value) : undefined;
  }

  update(key: string, value: string, revision: number): number | undefined {
    return this.get(key)?.revision === revision ? this.put(key, value) : undefined;
  }

  put(key: string, value: string): number {
    const entry: Entry = { key, value, revision: ++this.#revision };
    this.#entries.set(key, { entry, writtenAt: this.#time.now });
    this.#changed(key, entry);
    return entry.revision;
  }

  delete(key: string, revision?: number): boolean {
    if (revision !== undefined && this.get(key)?.revision !== revision) return false;
    this.#revision++;
    if (this.#entries.delete(key)) this.#changed(key, undefined);
    return true;
  }

  #changed(key: string, entry: Entry | undefined): void {
    this.changes.push({ key, entry });
    for (const listener of this.onChange) listener();
  }
}
