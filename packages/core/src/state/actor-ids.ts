import { publicId } from '../ids.ts';

/** So many actors of other nodes are remembered; those that came first are forgotten. */
const REMEMBERED = 100_000;

/** What actors are called outside: one that belongs to another node by the name it has there. */
export class ActorIds {
  readonly #nodeId: string;
  readonly #foreign = new Map<number, string>();

  constructor(nodeId: string) {
    this.#nodeId = nodeId;
  }

  /** An actor of another node's lives here as `id`. */
  add(id: number, name: string): void {
    this.#foreign.set(id, name);
    if (this.#foreign.size > REMEMBERED) this.#foreign.delete(this.#foreign.keys().next().value as number);
  }

  of(id: number): string {
    return this.#foreign.get(id) ?? publicId(this.#nodeId, id);
  }
}
