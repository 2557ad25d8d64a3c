import type { Demand, Holdable, ObjectEntry, Source } from '@aktis/core';
import type { Payload } from '@aktis/transport';
import type { ForeignName } from './foreign-objects.ts';

/** Brings a copy of an object here, for `entry`; rejects with `ObjectLostError` when none of the nodes has it any more. */
export type BringCopy = (
  copies: RemoteCopies,
  entry: ObjectEntry,
  demand: Demand,
) => Promise<{ readonly payload: Payload; readonly contains: readonly Holdable[] | null }>;

/** A value that lies on other nodes. */
export class RemoteCopies implements Source {
  readonly name: ForeignName;
  readonly bytes: number;
  readonly nodes: readonly string[];
  readonly #bring: BringCopy;
  /** What to do when no copy is left: makes it again, or learns from its owner where it is now. */
  readonly #recover: (entry: ObjectEntry, error: Error, demand: Demand) => Promise<Payload>;

  constructor(
    name: ForeignName,
    bytes: number,
    nodes: readonly string[],
    bring: BringCopy,
    recover: (entry: ObjectEntry, error: Error, demand: Demand) => Promise<Payload>,
  ) {
    this.name = name;
    this.bytes = bytes;
    this.nodes = nodes;
    this.#bring = bring;
    this.#recover = recover;
  }

  async fetch(entry: ObjectEntry, demand: Demand): Promise<Payload> {
    let copy: Awaited<ReturnType<BringCopy>>;
    try {
      copy = await this.#bring(this, entry, demand);
    } catch (error) {
      if (demand.isDropped) throw error;
      return this.#recover(entry, error as Error, demand);
    }
    entry.contains = copy.contains;
    return copy.payload;
  }
}
