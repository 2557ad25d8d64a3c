import type { BacklogLimits } from '../backlog.ts';

/** Counters of one direction in shared memory, 32 bits each; differences stay right when they wrap around. */
const TAKEN_MESSAGES = 0;
const TAKEN_BYTES = 1;
const SENT_MESSAGES = 2;
const SENT_BYTES = 3;
const DRAIN_WANTED = 4;
const WORDS = 8;

/** Memory for the counters of both directions of a link. */
export function trafficMemory(): SharedArrayBuffer {
  return new SharedArrayBuffer(2 * WORDS * Int32Array.BYTES_PER_ELEMENT);
}

/**
 * What one direction of a link has sent and the peer has taken. Both ends count into shared memory, so that the sender
 * learns how far the peer is without a message.
 */
export class Traffic {
  readonly #words: Int32Array;
  readonly #limits: BacklogLimits;
  #sentMessages = 0;
  #sentBytes = 0;

  constructor(memory: SharedArrayBuffer, direction: 0 | 1, limits: BacklogLimits) {
    this.#words = new Int32Array(memory, direction * WORDS * Int32Array.BYTES_PER_ELEMENT, WORDS);
    this.#limits = limits;
  }

  /** Sender: one more message was gathered. */
  sent(bytes: number): void {
    this.#sentMessages = (this.#sentMessages + 1) | 0;
    this.#sentBytes = (this.#sentBytes + bytes) | 0;
  }

  /** Sender: what was gathered is on its way. */
  publish(): void {
    Atomics.store(this.#words, SENT_MESSAGES, this.#sentMessages);
    Atomics.store(this.#words, SENT_BYTES, this.#sentBytes);
  }

  /** Sender: more is under way than the limits allow. */
  get full(): boolean {
    const messages = (this.#sentMessages - Atomics.load(this.#words, TAKEN_MESSAGES)) | 0;
    const bytes = (this.#sentBytes - Atomics.load(this.#words, TAKEN_BYTES)) | 0;
    return messages >= this.#limits.messages || bytes >= this.#limits.bytes;
  }

  /** Sender: somebody waits. The receiver sees it after its next batch. */
  wantDrain(): void {
    Atomics.store(this.#words, DRAIN_WANTED, 1);
  }

  /** Receiver: a batch was taken. True when the sender waits and may go on: half of the backlog is done. */
  took(messages: number, bytes: number): boolean {
    const words = this.#words;
    const takenMessages = (Atomics.add(words, TAKEN_MESSAGES, messages) + messages) | 0;
    const takenBytes = (Atomics.add(words, TAKEN_BYTES, bytes) + bytes) | 0;
    if (Atomics.load(words, DRAIN_WANTED) === 0) return false;
    const messagesLeft = (Atomics.load(words, SENT_MESSAGES) - takenMessages) | 0;
    const bytesLeft = (Atomics.load(words, SENT_BYTES) - takenBytes) | 0;
    if (messagesLeft > this.#limits.messages / 2 || bytesLeft > this.#limits.bytes / 2) return false;
    return Atomics.exchange(words, DRAIN_WANTED, 0) === 1;
  }
}
