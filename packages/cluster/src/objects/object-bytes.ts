import type { BufferPart } from '@aktis/transport';

/** The parts of an object as if they lay one behind the other, so that a range of it is two numbers. */
export class ObjectBytes {
  readonly total: number;
  readonly #parts: readonly Buffer[];
  readonly #starts: readonly number[];

  constructor(parts: readonly BufferPart[]) {
    this.#parts = parts.map(bufferOn);
    let at = 0;
    this.#starts = this.#parts.map(({ byteLength }) => {
      at += byteLength;
      return at - byteLength;
    });
    this.total = at;
  }

  /** What lies there, where it lies, in pieces of at most `size` bytes. */
  *pieces(from: number, to: number, size: number): Generator<{ readonly at: number; readonly bytes: Uint8Array }> {
    for (let at = from; at < to; ) {
      const part = this.#partAt(at);
      const [bytes, start] = [this.#parts[part] as Buffer, this.#starts[part] as number];
      const end = Math.min(to - start, at - start + size, bytes.byteLength);
      yield { at, bytes: bytes.subarray(at - start, end) };
      at = start + end;
    }
  }

  write(at: number, bytes: Uint8Array): void {
    for (const { at: place, bytes: target } of this.pieces(at, at + bytes.byteLength, bytes.byteLength)) {
      const from = place - at;
      // Unlike `set`, which moves into shared memory word by word, this is one memcpy.
      (target as Buffer).fill(bytes.subarray(from, from + target.byteLength));
    }
  }

  /** The last part that begins there or before: parts before it that begin there as well are empty. */
  #partAt(at: number): number {
    let [low, high] = [0, this.#starts.length - 1];
    while (low < high) {
      const middle = (low + high + 1) >>> 1;
      if ((this.#starts[middle] as number) <= at) low = middle;
      else high = middle - 1;
    }
    return low;
  }
}

function bufferOn(part: BufferPart): Buffer {
  return ArrayBuffer.isView(part) ? Buffer.from(part.buffer, part.byteOffset, part.byteLength) : Buffer.from(part);
}
