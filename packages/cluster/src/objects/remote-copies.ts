import type { Holdable, ObjectEntry, Source } from '@aktis/core';
import type { Payload } from '@aktis/transport';
import type { ForeignName } from './foreign-objects.ts';

/** Brings a copy of an object here; rejects with `ObjectLostError` when none of the nodes has it any more. */
export type Pull = (
  name: ForeignName,
  nodes: readonly string[],
) => Promise<{ readonly payload: Payload; readonly contains: readonly Holdable[] | null }>;

/** A value that lies on other nodes. */
export class RemoteCopies implements Source {
  readonly name: ForeignName;
  readonly bytes: number;
  readonly nodes: readonly string[];
  readonly #pull: Pull;
  /** What to do when no copy is left: makes it again, or learns from its owner where it is now. */
  readonly #recover: (entry: ObjectEntry, error: Error) => Promise<Payload>;

  constructor(
    name: ForeignName,
    bytes: number,
    nodes: readonly string[],
    pull: Pull,
    recover: (entry: ObjectEntry, error: Error) => Promise<Payload>,
  ) {
    this.name = name;
    this.bytes = bytes;
    this.nodes = nodes;
    this.#pull = pull;
    this.#recover = recover;
  }

  async fetch(entry: ObjectEntry): Promise<Payload> {
    let copy: Awaited<ReturnType<Pull>>;
    try {
      copy = await this.#pull(this.name, this.nodes);
    } catch (error) {
      return this.#recover(entry, error as Error);
    }
    entry.contains = copy.contains;
    return copy.payload;
  }
}
