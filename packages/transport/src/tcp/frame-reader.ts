import type { Intake } from '../link.ts';
import {
  type Frame,
  HEAD_BYTES,
  LAST_FRAME_KIND,
  LAST_PART_KIND,
  Latin1,
  noParts,
  PART_ENTRY_BYTES,
  type Part,
  PartKind,
  Utf16,
} from './frame.ts';

/** A part of this size may be taken as it comes. */
const LARGE_PART = 64 * 1024;

/** Asked where the only part of a frame goes, when its text is there. Undefined: into the frame. */
export type OnLargePart = (kind: number, text: string, bytes: number) => Intake | undefined;

/** What arrived is no frame. */
class BrokenFrameError extends Error {}

/**
 * Cuts what arrives into frames. A frame that lies whole in one chunk, as nearly all do, is read where it lies; of
 * others each piece is copied to its final place as it comes.
 */
export class FrameReader {
  /** Longer frames are refused as soon as their head is there. */
  maxBytes: number;
  onFrame: (frame: Frame) => void = () => {};
  onLargePart: OnLargePart = () => undefined;
  #held = false;
  #rest: Buffer[] = [];
  #collecting: Collector | undefined;

  constructor(maxBytes: number) {
    this.maxBytes = maxBytes;
  }

  /** True in the middle of a frame. */
  get isInside(): boolean {
    return this.#collecting !== undefined;
  }

  /**
   * `chunk` is only lent.
   *
   * @throws BrokenFrameError
   */
  read(chunk: Buffer): void {
    let at = 0;
    while (at < chunk.length) {
      if (this.#held) {
        this.#rest.push(Buffer.from(chunk.subarray(at)));
        return;
      }
      if (this.#collecting === undefined) {
        const bytes = wholeFrame(chunk, at);
        if (bytes > 0) {
          const from = at;
          at += bytes;
          this.onFrame(readWhole(chunk, from, this.maxBytes));
          continue;
        }
        this.#collecting = new Collector(this.maxBytes, this.onLargePart);
      }
      at += this.#collecting.take(chunk, at);
      const { frame } = this.#collecting;
      if (frame === undefined) continue;
      this.#collecting = undefined;
      this.onFrame(frame);
    }
  }

  /** No frame comes until `release`, also if there are more in what has arrived. */
  hold(): void {
    this.#held = true;
  }

  /** @throws BrokenFrameError */
  release(): void {
    this.#held = false;
    const rest = this.#rest;
    this.#rest = [];
    for (const chunk of rest) this.read(chunk);
  }
}

/** The size of the frame that begins at `at`; 0 if it goes on beyond the chunk. */
function wholeFrame(chunk: Buffer, at: number): number {
  if (chunk.length - at < HEAD_BYTES) return 0;
  const bytes = chunk.readUInt32LE(at);
  return bytes <= chunk.length - at ? Math.max(bytes, HEAD_BYTES) : 0;
}

interface Head {
  readonly bytes: number;
  readonly kind: number;
  readonly encoding: number;
  readonly parts: number;
  readonly takenMessages: number;
  readonly takenBytes: number;
}

function readHead(chunk: Buffer, at: number, maxBytes: number): Head {
  const bytes = chunk.readUInt32LE(at);
  const what = chunk.readUInt32LE(at + 4);
  const parts = chunk.readUInt32LE(at + 8);
  if (bytes > maxBytes) throw new BrokenFrameError(`a frame of ${bytes} bytes is above the limit of ${maxBytes}`);
  const kind = what & 0xff;
  const encoding = what >>> 8;
  if (kind === 0 || kind > LAST_FRAME_KIND || encoding > Utf16 || bytes < HEAD_BYTES + parts * PART_ENTRY_BYTES) {
    throw new BrokenFrameError('what arrived is no frame');
  }
  const takenMessages = chunk.readUInt32LE(at + 12);
  return { bytes, kind, encoding, parts, takenMessages, takenBytes: chunk.readUInt32LE(at + 16) };
}

function readWhole(chunk: Buffer, at: number, maxBytes: number): Frame {
  const head = readHead(chunk, at, maxBytes);
  const end = at + head.bytes;
  const table = at + HEAD_BYTES;
  const textAt = table + head.parts * PART_ENTRY_BYTES;
  if (head.parts === 0) return frameOf(head, textOf(chunk, textAt, end, head.encoding), noParts);
  let partAt = textAt + textBytes(head, chunk, table);
  const text = textOf(chunk, textAt, partAt, head.encoding);
  const parts: Part[] = [];
  for (let entry = table; entry < textAt; entry += PART_ENTRY_BYTES) {
    const next = partAt + chunk.readUInt32LE(entry);
    const kind = chunk.readUInt32LE(entry + 4);
    if (isText(kind)) parts.push(textOf(chunk, partAt, next, kind - PartKind.latin1));
    else {
      const part = memoryFor(kind, next - partAt);
      chunk.copy(bufferOn(part), 0, partAt, next);
      parts.push(part);
    }
    partAt = next;
  }
  return frameOf(head, text, parts);
}

function frameOf(
  { kind, takenMessages, takenBytes, bytes }: Head,
  text: string,
  parts: readonly Part[],
  isTaken = false,
): Frame {
  return { kind, text, parts, takenMessages, takenBytes, bytes, isTaken };
}

/** What is left of the frame when the parts are taken off. */
function textBytes({ bytes, parts }: Head, entries: Buffer, at: number): number {
  let left = bytes - HEAD_BYTES - parts * PART_ENTRY_BYTES;
  for (let entry = at; entry < at + parts * PART_ENTRY_BYTES; entry += PART_ENTRY_BYTES) {
    left -= entries.readUInt32LE(entry);
    if (left < 0 || entries.readUInt32LE(entry + 4) > LAST_PART_KIND) {
      throw new BrokenFrameError('the parts of a frame do not fit into it');
    }
  }
  return left;
}

function textOf(bytes: Buffer, from: number, to: number, encoding: number): string {
  return bytes.toString(encoding === Latin1 ? 'latin1' : 'utf16le', from, to);
}

function isText(kind: number): boolean {
  return kind >= PartKind.latin1;
}

function memoryFor(kind: number, size: number): Uint8Array | SharedArrayBuffer {
  return kind === PartKind.shared ? new SharedArrayBuffer(size) : new Uint8Array(size);
}

function bufferOn(part: Uint8Array | SharedArrayBuffer): Buffer {
  return ArrayBuffer.isView(part)
    ? Buffer.from(part.buffer, part.byteOffset, part.byteLength)
    : Buffer.from(part as unknown as ArrayBuffer);
}

/** Copies what comes into `target`, piece after piece. */
function into(target: Buffer): Intake {
  let at = 0;
  return bytes => {
    // Copies as `set` does, but with memcpy: `set` moves words one by one when memory is shared, at a third of the speed.
    target.fill(bytes, at, at + bytes.length);
    at += bytes.length;
  };
}

/** Puts one frame together from several chunks: head, sizes of parts, text, part after part. */
class Collector {
  frame: Frame | undefined;
  readonly #maxBytes: number;
  readonly #onLargePart: OnLargePart;
  /** What is being filled; a part that is taken as it comes fills nothing. */
  #target!: Buffer;
  #intake!: Intake;
  /** How much is left until it is full. */
  #left!: number;
  #isTaken = false;
  #head: Head | undefined;
  #entries: Buffer | undefined;
  #text: string | undefined;
  readonly #parts: (Buffer | Uint8Array | SharedArrayBuffer)[] = [];

  constructor(maxBytes: number, onLargePart: OnLargePart) {
    this.#maxBytes = maxBytes;
    this.#onLargePart = onLargePart;
    this.#fill(Buffer.allocUnsafe(HEAD_BYTES));
  }

  /** Takes what it needs and returns how much that was. */
  take(chunk: Buffer, at: number): number {
    const count = Math.min(this.#left, chunk.length - at);
    this.#intake(chunk.subarray(at, at + count));
    this.#left -= count;
    while (this.#left === 0 && this.frame === undefined) this.#next();
    return count;
  }

  #next(): void {
    const full = this.#target;
    if (this.#head === undefined) {
      this.#head = readHead(full, 0, this.#maxBytes);
      this.#fill(Buffer.allocUnsafe(this.#head.parts * PART_ENTRY_BYTES));
    } else if (this.#entries === undefined) {
      this.#entries = full;
      this.#fill(Buffer.allocUnsafeSlow(textBytes(this.#head, this.#entries, 0)));
    } else {
      this.#text ??= textOf(full, 0, full.length, this.#head.encoding);
      this.#nextPart(this.#head, this.#entries, this.#text);
    }
  }

  #nextPart(head: Head, entries: Buffer, text: string): void {
    const entry = this.#parts.length * PART_ENTRY_BYTES;
    if (this.#isTaken || entry === entries.length) {
      this.frame = frameOf(head, text, this.#finishedParts(entries), this.#isTaken);
      return;
    }
    const size = entries.readUInt32LE(entry);
    const kind = entries.readUInt32LE(entry + 4);
    if (head.parts === 1 && kind === PartKind.bytes && size >= LARGE_PART) {
      const intake = this.#onLargePart(head.kind, text, size);
      if (intake !== undefined) {
        this.#isTaken = true;
        this.#intake = intake;
        this.#left = size;
        return;
      }
    }
    const part = isText(kind) ? Buffer.allocUnsafeSlow(size) : memoryFor(kind, size);
    this.#parts.push(part);
    this.#fill(bufferOn(part));
  }

  #finishedParts(entries: Buffer): Part[] {
    return this.#parts.map((part, i) => {
      const kind = entries.readUInt32LE(i * PART_ENTRY_BYTES + 4);
      return isText(kind) ? textOf(part as Buffer, 0, part.byteLength, kind - PartKind.latin1) : part;
    });
  }

  #fill(target: Buffer): void {
    this.#target = target;
    this.#intake = into(target);
    this.#left = target.length;
  }
}
