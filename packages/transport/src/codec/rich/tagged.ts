/**
 * What a value becomes before SuperJSON sees it: a tree of literals, arrays and scalars in which everything SuperJSON
 * cannot carry faithfully is a `Tagged` list `[tag, ...fields]`. The tree has no cycles, no shared objects and no
 * dangerous keys: an object met twice moves to a slot of the node table, and both places name the slot.
 */
export class Tagged extends Array<unknown> {
  static make(tag: Tag, ...fields: unknown[]): Tagged {
    const tagged = new Tagged();
    tagged.push(tag, ...fields);
    return tagged;
  }
}

export const Tag = {
  /** [index in the node table] */
  slot: 0,
  /** [JSON text]: a large plain part, which SuperJSON would walk for nothing */
  plain: 1,
  /** [index in the payload's references] */
  reference: 2,
  /** [type, group, byte offset, length, whether the group was an ArrayBuffer of the value's own] */
  view: 3,
  /** [group] an ArrayBuffer */
  buffer: 4,
  /** [group] a SharedArrayBuffer of the user's */
  sharedBuffer: 5,
  /** [class, name, message, stack, brands, enumerable properties, other properties] */
  error: 6,
  /** [registered name, built-in base or null, fields] */
  instance: 7,
  /** [...[key, value]] an object with keys SuperJSON refuses */
  entries: 8,
  /** [length, ...[index, value]] an array with holes */
  sparse: 9,
  /** [...[key, value]] */
  map: 10,
  /** [...values] */
  set: 11,
  /** [] */
  invalidDate: 12,
  /** [text] */
  searchParams: 13,
  /** [text] */
  bigint: 14,
  /** [] */
  nan: 15,
} as const;
export type Tag = (typeof Tag)[keyof typeof Tag];

/** Stands in a decoded tree for a node of the table until the tree is linked. */
export class Slot {
  readonly index: number;

  constructor(index: number) {
    this.index = index;
  }
}
