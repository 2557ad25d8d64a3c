import { types } from 'node:util';
import { type BufferPart, SHARED_ABOVE } from '../../payload.ts';
import { Tag, Tagged } from './tagged.ts';

type Bytes = ArrayBuffer | SharedArrayBuffer;

/** The part of one buffer that the views of a value cover; views on one buffer stay views on one buffer. */
interface Group {
  readonly source: Bytes;
  readonly index: number;
  from: number;
  to: number;
  /** The ArrayBuffer itself is in the value: it must arrive as an ArrayBuffer, so never as shared memory. */
  whole: boolean;
  readonly views: Tagged[];
}

/** Gathers the bytes of one value, to travel beside its text. */
export class ByteWriter {
  readonly #groups = new Map<Bytes, Group>();
  readonly #all: Group[] = [];

  /** The node for a view, an ArrayBuffer or a SharedArrayBuffer. */
  write(value: ArrayBufferView | Bytes): Tagged {
    if (ArrayBuffer.isView(value)) return this.#view(value);
    const group = this.#group(value, false);
    group.from = 0;
    group.to = value.byteLength;
    if (types.isSharedArrayBuffer(value)) return Tagged.make(Tag.sharedBuffer, group.index);
    group.whole = true;
    return Tagged.make(Tag.buffer, group.index);
  }

  /** The parts, copied now: what the program does to its buffers afterwards changes nothing. */
  finish(): BufferPart[] {
    return this.#all.map(group => {
      const shared = types.isSharedArrayBuffer(group.source);
      // Offsets stay multiples of the element size when the common start is one of the largest element size.
      const from = shared ? 0 : group.views.length > 1 ? group.from - (group.from % 8) : group.from;
      for (const view of group.views) {
        view[3] = (view[3] as number) - from;
        view[5] = group.whole;
      }
      return shared ? (group.source as SharedArrayBuffer) : copyPart(group.source, from, group.to - from);
    });
  }

  #view(view: ArrayBufferView): Tagged {
    const type = viewType(view);
    const group = this.#group(view.buffer as Bytes, type === 'Buffer' && isPooled(view));
    group.from = Math.min(group.from, view.byteOffset);
    group.to = Math.max(group.to, view.byteOffset + view.byteLength);
    const length = type === 'DataView' ? view.byteLength : (view as Uint8Array).length;
    const tagged = Tagged.make(Tag.view, type, group.index, view.byteOffset, length, false);
    group.views.push(tagged);
    return tagged;
  }

  #group(source: Bytes, alone: boolean): Group {
    const known = alone ? undefined : this.#groups.get(source);
    if (known !== undefined) return known;
    const group = { source, index: this.#all.length, from: Number.POSITIVE_INFINITY, to: 0, whole: false, views: [] };
    this.#all.push(group);
    if (!alone) this.#groups.set(source, group);
    return group;
  }
}

/** Small Buffers share a pool with unrelated ones, whose bytes must not travel along. */
function isPooled(view: ArrayBufferView): boolean {
  return view.buffer.byteLength === Buffer.poolSize && view.byteLength < Buffer.poolSize;
}

function copyPart(source: Bytes, from: number, length: number): BufferPart {
  const bytes = new Uint8Array(source, Math.min(from, source.byteLength), Math.max(length, 0));
  if (length <= SHARED_ABOVE) return new Uint8Array(bytes);
  const shared = new SharedArrayBuffer(length);
  new Uint8Array(shared).set(bytes);
  return shared;
}

/** `Buffer`, `DataView` or the name of the typed array's class. */
export function viewType(view: ArrayBufferView): string {
  if (Buffer.isBuffer(view)) return 'Buffer';
  return types.isDataView(view) ? 'DataView' : (view as Uint8Array)[Symbol.toStringTag];
}

type ViewClass = new (buffer: Bytes, offset: number, length: number) => ArrayBufferView;

/** Gives the views and buffers of one decoded value. Parts are never handed out themselves unless they are shared. */
export class ByteReader {
  readonly #parts: readonly BufferPart[];
  readonly #copy: boolean;
  readonly #opened: ({ buffer: Bytes; offset: number } | undefined)[] = [];

  constructor(parts: readonly BufferPart[], copy: boolean) {
    this.#parts = parts;
    this.#copy = copy;
  }

  view(type: string, group: number, offset: number, length: number, owned: boolean): ArrayBufferView {
    const { buffer, offset: start } = this.#open(group, owned || this.#copy);
    if (type === 'Buffer') return Buffer.from(buffer as ArrayBuffer, start + offset, length);
    const Class = (globalThis as unknown as Record<string, ViewClass | undefined>)[type];
    if (Class === undefined) throw new TypeError(`This version of Node has no ${type}.`);
    return new Class(buffer, start + offset, length);
  }

  buffer(group: number): Bytes {
    return this.#open(group, true).buffer;
  }

  /** A SharedArrayBuffer of the user's: the very same within a node, a copy when it came over a wire. */
  sharedBuffer(group: number): Bytes {
    const part = this.#part(group);
    if (types.isSharedArrayBuffer(part)) return part;
    const known = this.#opened[group];
    if (known !== undefined && types.isSharedArrayBuffer(known.buffer)) return known.buffer;
    const shared = new SharedArrayBuffer(part.byteLength);
    new Uint8Array(shared).set(part);
    this.#opened[group] = { buffer: shared, offset: 0 };
    return shared;
  }

  #open(group: number, own: boolean): { buffer: Bytes; offset: number } {
    const known = this.#opened[group];
    if (known !== undefined) return known;
    const opened = openPart(this.#part(group), own);
    this.#opened[group] = opened;
    return opened;
  }

  #part(group: number): BufferPart {
    const part = this.#parts[group];
    if (part === undefined) throw new RangeError(`The payload has no buffer ${group}.`);
    return part;
  }
}

function openPart(part: BufferPart, own: boolean): { buffer: Bytes; offset: number } {
  if (!own) {
    if (types.isSharedArrayBuffer(part)) return { buffer: part, offset: 0 };
    // A transport may receive many parts into one piece of shared memory.
    if (types.isSharedArrayBuffer(part.buffer) && part.byteOffset % 8 === 0) {
      return { buffer: part.buffer, offset: part.byteOffset };
    }
  }
  const bytes = types.isSharedArrayBuffer(part) ? new Uint8Array(part) : part;
  return { buffer: new Uint8Array(bytes).buffer, offset: 0 };
}
