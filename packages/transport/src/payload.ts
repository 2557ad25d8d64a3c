/** A piece of binary data that travels beside the text. Buffers above {@link SHARED_ABOVE} bytes lie in shared memory. */
export type BufferPart = Uint8Array | SharedArrayBuffer;

/** How an `ObjectRef` or an `ActorHandle` is written on the wire; made and read by the packages that own these classes. */
export type WireReference = readonly [kind: number, ...fields: unknown[]];

/** A value with out-of-band buffers or references: SuperJSON text that points into the two lists. */
export type RichPayload = readonly [text: string, buffers: readonly BufferPart[], references: readonly WireReference[]];

/**
 * An encoded value. A bare string is plain JSON, the fast path; the empty string is `undefined`, the most frequent
 * result of all.
 */
export type Payload = string | RichPayload;

/** Above this many bytes a buffer is stored in a `SharedArrayBuffer`: one copy for all readers of a node. */
export const SHARED_ABOVE = 64 * 1024;

/** How many bytes of memory `payload` keeps. */
export function payloadBytes(payload: Payload): number {
  if (typeof payload === 'string') return payload.length;
  let bytes = payload[0].length;
  for (const part of payload[1]) bytes += part.byteLength;
  return bytes;
}
