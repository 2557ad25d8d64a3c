import { setTimeout } from 'node:timers/promises';
import type { Group } from '@aktis/core';
import type { ControlStore } from '../control-store.ts';
import { KeptRecords, type Orphan } from '../keeping/kept-records.ts';
import type { GroupRecord } from '../records.ts';

const RETRY_MS = 1_000;

/** The detached placement groups of the cluster, as the control store has them: which node is the home of each. */
export class GroupRegister {
  readonly #records: KeptRecords<GroupRecord>;
  /** Those that are being entered. */
  readonly #entering = new Map<string, Promise<void>>();

  constructor(store: ControlStore, nodeId: string, lives: (nodeId: string) => boolean) {
    this.#records = new KeptRecords(store, 'groups', '', nodeId, lives, ({ groupId }) => groupId);
  }

  /** Resolves when another node could take it over; it waits for a store that is away. */
  async enter(group: Group): Promise<void> {
    const entering = this.#enter(group);
    this.#entering.set(group.id, entering);
    await entering;
    this.#entering.delete(group.id);
  }

  async #enter(group: Group): Promise<void> {
    for (; !group.isRemoved; await setTimeout(RETRY_MS, undefined, { ref: false })) {
      try {
        await this.#records.create(group.id, this.#recordOf(group));
        return;
      } catch {
        group.reason = 'the control store, which is to know of it, is away';
      }
    }
  }

  /** Its bundles are elsewhere now. What cannot be written now is written with the next change, or found out by the heir. */
  changed(group: Group): void {
    this.#records.change(group.id, () => this.#recordOf(group)).catch(() => {});
  }

  /** Resolves when no other node can take it over any more; it waits for a store that is away. */
  async removed({ id }: Group): Promise<void> {
    await this.#entering.get(id);
    await this.#records.remove(id);
  }

  find(id: string): Promise<GroupRecord | null> {
    return this.#records.find(id);
  }

  orphans(): Promise<Orphan<GroupRecord>[]> {
    return this.#records.orphans();
  }

  /** This node is its home now. False: another was faster. */
  inherit(orphan: Orphan<GroupRecord>): Promise<boolean> {
    return this.#records.inherit(orphan, {});
  }

  #recordOf({ id, bundles, options, nodeIds, wasPlaced }: Group): GroupRecord {
    const { nodeId: ownerNodeId } = this.#records;
    return { groupId: id, ownerNodeId, bundles, options, nodeIds: nodeIds.map(nodeId => nodeId ?? null), wasPlaced };
  }
}
