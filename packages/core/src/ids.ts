/**
 * Ids of objects, tasks and actors are numbers within a node: the hub counts from 1, worker n from n · 2^32. What users
 * see is a hex string that is unique everywhere: the node's prefix and the number.
 */
const WORKER_SPAN = 2 ** 32;

export class IdSource {
  #next: number;

  /** @param worker 0 for the hub itself, from 1 for its workers */
  constructor(worker: number) {
    this.#next = worker * WORKER_SPAN + 1;
  }

  take(): number {
    return this.#next++;
  }

  /** Reserves `count` neighbouring ids and returns the first. */
  takeMany(count: number): number {
    const first = this.#next;
    this.#next += count;
    return first;
  }
}

/** A new random id for a node: 32 hex digits, the first 8 of which prefix the ids of its objects. */
export function newNodeId(): string {
  return crypto.randomUUID().replaceAll('-', '');
}

/** The id users see: 8 hex digits of the node, 14 of the number (2^53 fits). */
export function publicId(nodeId: string, id: number): string {
  return nodeId.slice(0, 8) + id.toString(16).padStart(14, '0');
}

/** The number behind a public id, or undefined if it is not one of this node's. */
export function privateId(nodeId: string, text: string): number | undefined {
  if (text.length !== 22 || !text.startsWith(nodeId.slice(0, 8))) return undefined;
  const id = Number.parseInt(text.slice(8), 16);
  return Number.isSafeInteger(id) ? id : undefined;
}

/** A new id of a placement group: the id of the node that knows where its bundles are, and 16 random hex digits. */
export function newGroupId(home: string): string {
  return home + newNodeId().slice(16);
}

export function homeOfGroup(groupId: string): string {
  return groupId.slice(0, 32);
}
