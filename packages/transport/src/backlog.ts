import type { Message } from './link.ts';
import { payloadBytes, SHARED_ABOVE } from './payload.ts';

/** How much may be under way on a link before it calls itself full. */
export interface BacklogLimits {
  readonly messages: number;
  readonly bytes: number;
}

/**
 * Enough that a fast peer never waits for the sender to be woken, little enough that a slow one does not fill the
 * memory.
 */
export const defaultLimits: BacklogLimits = { messages: 8192, bytes: 16 * 1024 * 1024 };

/** About how many bytes a message takes on its way; shared memory only moves as a pointer. */
export function messageBytes(message: Message): number {
  let bytes = 8 * message.length;
  for (const field of message) {
    if (typeof field === 'string') bytes += field.length;
    else if (Array.isArray(field)) bytes += listBytes(field);
  }
  return bytes;
}

function listBytes(list: readonly unknown[]): number {
  const [text, buffers, references] = list;
  if (typeof text !== 'string' || !Array.isArray(buffers) || !Array.isArray(references)) return 8 * list.length;
  const unshared = buffers.filter(part => part.byteLength <= SHARED_ABOVE);
  return payloadBytes([text, unshared, references]);
}
