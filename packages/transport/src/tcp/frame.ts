/**
 * What travels between two nodes: frames, one after the other. All numbers are little endian, 32 bits unless said
 * otherwise.
 *
 * ```
 *   0         4      5       6      8         12         16         20
 *  ┌─────────┬──────┬───────┬──────┬─────────┬──────────┬──────────┬──────────────┬──────┬────────┬────────┬─
 *  │ bytes   │ kind │ text  │ zero │ number  │ messages │ bytes    │ of each part │ text │ part 0 │ part 1 │ …
 *  │ in all  │      │ is    │      │ of parts│ taken    │ taken    │ size, kind   │      │        │        │
 *  └─────────┴──────┴───────┴──────┴─────────┴──────────┴──────────┴──────────────┴──────┴────────┴────────┴─
 *    head, 20 bytes                                                  8 bytes each
 * ```
 *
 * - A **batch** is what was sent in one turn of the event loop. Its text is the JSON of one flat array, `[length,
 *   ...fields, length, ...fields, …]`, where `length` counts the fields of a message: it parses faster than an array of
 *   arrays. What JSON cannot carry, or not well (bytes, long strings, NaN), is an object in its place (`batch.ts`).
 * - **Parts** lie beside the text: bytes, bytes for shared memory, long strings. Their sizes come first, so that the
 *   reader has their memory ready when they arrive and each byte is copied once. So does the text: of a large part it says what
 *   the bytes are, and whoever they are for may take them as they come (`intakeFor` in `link.ts`).
 * - **Taken** is credit: how much the sender of this frame has taken off the link since it last said so. Every frame
 *   carries it, so that answers acknowledge for free; `credit` is a frame for it alone.
 * - Text is Latin-1 when it is ASCII, else UTF-16: both are read by copying, and lose no lone surrogate.
 *
 * ```
 *  connecting end                     listening end
 *      hello       ────────────────▶                    who I am, a nonce, my limits; frames are tiny until the end
 *                  ◀────────────────      hello
 *      proof       ────────────────▶                    HMAC of both hellos and the TLS session (`handshake.ts`)
 *                  ◀────────────────      proof         or `refusal`, and the end
 *      batch, credit, ping, pong  ◀──▶  the same
 *      goodbye     ────────────────▶                    from whoever closes; then it reads on until the other one ends
 * ```
 */
export const HEAD_BYTES = 20;
export const PART_ENTRY_BYTES = 8;

/** Before a peer has proven that it knows the token, no frame is longer. */
export const MAX_HANDSHAKE_BYTES = 4096;

export const FrameKind = {
  hello: 1,
  proof: 2,
  refusal: 3,
  batch: 4,
  /** A batch with objects that stand for something else. */
  batchWithStandIns: 5,
  credit: 6,
  ping: 7,
  pong: 8,
  goodbye: 9,
} as const;
export type FrameKind = (typeof FrameKind)[keyof typeof FrameKind];
export const LAST_FRAME_KIND = FrameKind.goodbye;

/** How text is written. */
export const Latin1 = 0;
export const Utf16 = 1;

export const PartKind = { bytes: 0, shared: 1, latin1: 2, utf16: 3 } as const;
export type PartKind = (typeof PartKind)[keyof typeof PartKind];
export const LAST_PART_KIND = PartKind.utf16;

/** What lies beside the text of a frame. */
export type Part = Uint8Array | SharedArrayBuffer | string;

export interface Frame {
  readonly kind: number;
  readonly text: string;
  readonly parts: readonly Part[];
  readonly takenMessages: number;
  readonly takenBytes: number;
  /** Of the whole frame. */
  readonly bytes: number;
  /** Its part was taken as it came, and is not among the parts. */
  readonly isTaken: boolean;
}

export const noParts: readonly Part[] = [];

/** Strings that are not ASCII are rare, and finding out is cheap. */
export function isAscii(text: string): boolean {
  return Buffer.byteLength(text, 'utf8') === text.length;
}
