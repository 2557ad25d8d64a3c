import { type MessagePort, receiveMessageOnPort } from 'node:worker_threads';
import { type BacklogLimits, defaultLimits, messageBytes } from '../backlog.ts';
import type { CloseReason, Link, Message } from '../link.ts';
import { appendMessage, emptyBatch, type FlatBatch, messagesOf } from './batch.ts';
import { Traffic } from './traffic.ts';

// As it was before user code could replace it.
const { queueMicrotask } = globalThis;

/** The two ends count in opposite directions of the same memory. */
export type LinkEnd = 0 | 1;

export interface ThreadLinkOptions {
  /** Both ends must have the same. */
  readonly limits?: BacklogLimits;
  /** After this many messages a batch leaves before the turn ends, so that the peer can start. Default 128. */
  readonly flushAt?: number;
}

/** So much leaves before the turn ends, too: the peer decodes while this end goes on encoding. */
const FLUSH_BYTES = 16 * 1024;

/** On the port a batch is an array, a goodbye is a `CloseReason`, and this says that the backlog has drained. */
const DRAINED = 0;

/** A link over a `MessagePort`. */
export class ThreadLink implements Link {
  onMessages: (batch: readonly Message[]) => void = () => {};
  onClose: (reason: CloseReason) => void = () => {};
  onDrain: () => void = () => {};
  /** When set, a port that closes without a goodbye is somebody else's to explain, with `lost`. */
  awaitsReason = false;
  readonly #port: MessagePort;
  readonly #outgoing: Traffic;
  readonly #incoming: Traffic;
  readonly #flushAt: number;
  #open = true;
  #portClosed = false;
  #batch: FlatBatch = emptyBatch();
  #batchSize = 0;
  #batchBytes = 0;
  #flushScheduled = false;

  constructor(port: MessagePort, memory: SharedArrayBuffer, end: LinkEnd, options: ThreadLinkOptions = {}) {
    const limits = options.limits ?? defaultLimits;
    this.#port = port;
    this.#outgoing = new Traffic(memory, end, limits);
    this.#incoming = new Traffic(memory, end === 0 ? 1 : 0, limits);
    this.#flushAt = options.flushAt ?? 128;
    port.on('message', received => this.#receive(received));
    port.on('messageerror', error => this.#fail(`a message could not be read: ${error.message}`));
    port.on('close', () => {
      this.#portClosed = true;
      if (!this.awaitsReason) this.lost('the other end of the link is gone');
    });
  }

  get full(): boolean {
    if (!this.#open || !this.#outgoing.full) return false;
    this.#outgoing.wantDrain();
    // The peer may have taken everything just before it could see the wish; then nobody would wake the sender.
    return this.#outgoing.full;
  }

  send(message: Message): void {
    if (!this.#open) return;
    const bytes = messageBytes(message);
    appendMessage(this.#batch, message);
    this.#batchSize++;
    this.#batchBytes += bytes;
    this.#outgoing.sent(bytes);
    if (this.#batchSize >= this.#flushAt || this.#batchBytes >= FLUSH_BYTES) this.flush();
    else if (!this.#flushScheduled) {
      this.#flushScheduled = true;
      queueMicrotask(this.#flushNow);
    }
  }

  readonly #flushNow = (): void => {
    this.#flushScheduled = false;
    this.flush();
  };

  flush(): void {
    if (this.#batchSize === 0 || !this.#open) return;
    const batch = this.#batch;
    batch[0] = this.#batchBytes;
    this.#batch = emptyBatch();
    this.#batchSize = 0;
    this.#batchBytes = 0;
    this.#outgoing.publish();
    try {
      this.#port.postMessage(batch);
    } catch (error) {
      this.#sendSingly(batch, error as Error);
    }
  }

  close(reason = 'the link was closed'): void {
    if (!this.#open) return;
    this.flush();
    this.#sayGoodbye({ message: reason, expected: true });
  }

  /**
   * The peer is gone without a goodbye, `message` says why. What had arrived by then is delivered first.
   */
  lost(message: string, expected = false): void {
    // A port delivers everything before it closes, and reading from a closed one crashes Node 20.
    while (this.#open && !this.#portClosed) {
      const next = receiveMessageOnPort(this.#port);
      if (next === undefined) break;
      this.#receive(next.message);
    }
    if (this.#open) this.#close({ message, expected });
  }

  #receive(received: FlatBatch | CloseReason | typeof DRAINED): void {
    if (!this.#open) return;
    if (Array.isArray(received)) this.#deliver(received);
    else if (received === DRAINED) this.onDrain();
    else this.#close(received);
  }

  #deliver(batch: FlatBatch): void {
    const messages = messagesOf(batch);
    try {
      this.onMessages(messages);
    } finally {
      const drained = this.#incoming.took(messages.length, batch[0] as number);
      if (drained && this.#open) this.#port.postMessage(DRAINED);
    }
  }

  /**
   * Encoded values can always be cloned, so a message that cannot is a bug of its sender. The others of its batch are
   * innocent; but with one message lost the link is no longer reliable, and whoever waits on it must hear of it.
   */
  #sendSingly(batch: FlatBatch, cause: Error): void {
    for (const message of messagesOf(batch)) {
      const single = emptyBatch();
      single[0] = messageBytes(message);
      appendMessage(single, message);
      try {
        this.#port.postMessage(single);
      } catch {
        this.#fail(`a message of kind ${String(message[0])} cannot be sent to another thread: ${cause.message}`);
        return;
      }
    }
  }

  #fail(message: string): void {
    if (this.#open) this.#sayGoodbye({ message, expected: false });
  }

  #sayGoodbye(reason: CloseReason): void {
    this.#port.postMessage(reason);
    this.#close(reason);
  }

  #close(reason: CloseReason): void {
    this.#open = false;
    this.#port.close();
    queueMicrotask(() => this.onClose(reason)); // never inside the caller's own send or close
  }
}
