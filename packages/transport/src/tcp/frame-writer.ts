import type { Socket } from 'node:net';
import { HEAD_BYTES, isAscii, Latin1, PART_ENTRY_BYTES, type Part, PartKind, Utf16 } from './frame.ts';

/** Parts up to this size are copied into the frame: cheaper than handing one more piece to the kernel. */
const COPY_UP_TO = 4096;

/** Writes one frame in one go, large parts without copying them. Returns its size. */
export function writeFrame(
  socket: Socket,
  kind: number,
  text: string,
  parts: readonly Part[],
  takenMessages: number,
  takenBytes: number,
): number {
  const ascii = isAscii(text);
  const textBytes = ascii ? text.length : 2 * text.length;
  const start = HEAD_BYTES + PART_ENTRY_BYTES * parts.length;
  const pieces = parts.length === 0 ? undefined : parts.map(measured);
  let bytes = start + textBytes;
  let copied = bytes;
  if (pieces !== undefined) {
    for (const { size, direct } of pieces) {
      bytes += size;
      if (direct === undefined) copied += size;
    }
  }
  const frame = Buffer.allocUnsafe(copied);
  frame.writeUInt32LE(bytes, 0);
  frame.writeUInt32LE(kind | ((ascii ? Latin1 : Utf16) << 8), 4);
  frame.writeUInt32LE(parts.length, 8);
  frame.writeUInt32LE(takenMessages, 12);
  frame.writeUInt32LE(takenBytes, 16);
  frame.write(text, start, ascii ? 'latin1' : 'utf16le');
  if (pieces === undefined) socket.write(frame);
  else writePieces(socket, frame, start + textBytes, pieces);
  return bytes;
}

/** How many bytes the frame would have. */
export function frameBytes(text: string, parts: readonly Part[]): number {
  let bytes = HEAD_BYTES + PART_ENTRY_BYTES * parts.length + (isAscii(text) ? text.length : 2 * text.length);
  for (const part of parts) bytes += measured(part).size;
  return bytes;
}

interface Piece {
  readonly part: Part;
  readonly kind: PartKind;
  readonly size: number;
  /** Written from where it lies. */
  readonly direct: Uint8Array | undefined;
}

function measured(part: Part): Piece {
  if (typeof part === 'string') {
    const kind = isAscii(part) ? PartKind.latin1 : PartKind.utf16;
    return { part, kind, size: kind === PartKind.latin1 ? part.length : 2 * part.length, direct: undefined };
  }
  const size = part.byteLength;
  const shared = !ArrayBuffer.isView(part);
  const direct = size <= COPY_UP_TO ? undefined : shared ? new Uint8Array(part) : part;
  return { part, kind: shared ? PartKind.shared : PartKind.bytes, size, direct };
}

function writePieces(socket: Socket, frame: Buffer, afterText: number, pieces: readonly Piece[]): void {
  let entry = HEAD_BYTES;
  let from = 0;
  let at = afterText;
  // In one go; but TLS would copy all the pieces together before it encrypts them.
  if (!('encrypted' in socket)) socket.cork();
  for (const { part, kind, size, direct } of pieces) {
    frame.writeUInt32LE(size, entry);
    frame.writeUInt32LE(kind, entry + 4);
    entry += PART_ENTRY_BYTES;
    if (direct === undefined) at += copyInto(frame, at, part, kind);
    else {
      socket.write(frame.subarray(from, at));
      socket.write(direct);
      from = at;
    }
  }
  if (at > from) socket.write(frame.subarray(from, at));
  socket.uncork();
}

function copyInto(frame: Buffer, at: number, part: Part, kind: PartKind): number {
  if (typeof part === 'string') return frame.write(part, at, kind === PartKind.latin1 ? 'latin1' : 'utf16le');
  frame.set(ArrayBuffer.isView(part) ? part : new Uint8Array(part), at);
  return part.byteLength;
}
