import type { NodeRecord } from '../records.ts';
import { heartbeatSubject } from './heartbeat.ts';
import { RemoteMember } from './member.ts';

/** The dead are remembered for errors and `status`; more of them are forgotten. */
const DEAD_REMEMBERED = 200;

interface Grave {
  readonly record: NodeRecord;
  readonly revision: number;
}

/** Who else is a member, by the table `nodes`, and who was. Nobody comes back from the dead. */
export class Roster {
  readonly living = new Map<string, RemoteMember>();
  /** The living by the subject of their heartbeats: looked up a thousand times a second in a large cluster. */
  readonly bySubject = new Map<string, RemoteMember>();
  readonly #dead = new Map<string, Grave>();

  /** Undefined when the record is old news of one who died. */
  enrol(record: NodeRecord, now: number): { member: RemoteMember; isNew: boolean } | undefined {
    if (this.#dead.has(record.nodeId)) return undefined;
    const known = this.living.get(record.nodeId);
    if (known !== undefined) {
      known.record = record;
      return { member: known, isNew: false };
    }
    const member = new RemoteMember(record, now);
    this.living.set(record.nodeId, member);
    this.bySubject.set(heartbeatSubject(record.nodeId), member);
    return { member, isNew: true };
  }

  /** Whether it had been living until now. */
  bury(record: NodeRecord, revision: number): boolean {
    this.#dead.set(record.nodeId, { record, revision });
    this.bySubject.delete(heartbeatSubject(record.nodeId));
    return this.living.delete(record.nodeId);
  }

  /** The record of a dead one has been removed from the table. */
  forget(nodeId: string): void {
    this.#dead.delete(nodeId);
  }

  isDead(nodeId: string): boolean {
    return this.#dead.has(nodeId);
  }

  /** Living or dead. */
  record(nodeId: string): NodeRecord | undefined {
    return this.living.get(nodeId)?.record ?? this.#dead.get(nodeId)?.record;
  }

  *dead(): Generator<NodeRecord, void> {
    for (const { record } of this.#dead.values()) yield record;
  }

  /** Those who died first are taken out when there are too many. */
  *overdue(): Generator<{ nodeId: string; revision: number }> {
    for (const [nodeId, { revision }] of this.#dead) {
      if (this.#dead.size <= DEAD_REMEMBERED) return;
      this.#dead.delete(nodeId);
      yield { nodeId, revision };
    }
  }
}
