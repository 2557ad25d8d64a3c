import { setImmediate } from 'node:timers';
import type { CloseReason, Intake, Link, Message } from '../link.ts';
import { messageBeforeItsPart, messagesOf, OutgoingBatch } from './batch.ts';
import { IncomingCredit, OutgoingCredit } from './credit.ts';
import { type Frame, FrameKind } from './frame.ts';
import type { FrameConnection } from './frame-connection.ts';
import { frameBytes } from './frame-writer.ts';
import { Heartbeat } from './heartbeat.ts';
import type { AgreedLimits, TcpLimits } from './limits.ts';

// As it was before user code could replace it.
const { queueMicrotask } = globalThis;

/** So much leaves before the turn ends: the other end decodes while this one goes on encoding. */
const FLUSH_MESSAGES = 256;
const FLUSH_BYTES = 32 * 1024;

/** A link over a TCP connection whose ends have shaken hands. */
export class TcpLink implements Link {
  onMessages: (batch: readonly Message[]) => void = () => {};
  onClose: (reason: CloseReason) => void = () => {};
  onDrain: () => void = () => {};
  /**
   * Set: after one batch has left, what is sent in the same turn of the event loop leaves at the end of that turn, in one more.
   * For processes where nothing keeps the thread busy meanwhile, as the code of a driver may.
   */
  gathers = false;
  intakeFor?: (message: Message, bytes: number) => Intake | undefined;
  readonly #connection: FrameConnection;
  readonly #outgoing: OutgoingCredit;
  readonly #incoming: IncomingCredit;
  readonly #sendFrameBytes: number;
  readonly #heartbeat: Heartbeat;
  #open = true;
  #batch = new OutgoingBatch();
  #flushScheduled = false;
  /** A batch has left in this turn. */
  #isGathering = false;

  constructor(connection: FrameConnection, limits: TcpLimits, agreed: AgreedLimits) {
    this.#connection = connection;
    this.#outgoing = new OutgoingCredit(agreed.backlog);
    this.#incoming = new IncomingCredit(agreed.backlog);
    this.#sendFrameBytes = agreed.sendFrameBytes;
    const { pingInterval, silence } = limits;
    this.#heartbeat = new Heartbeat(pingInterval, silence, {
      ask: () => connection.write(FrameKind.ping),
      give: () => connection.write(FrameKind.pong),
      lost: () => this.#lost(`nothing was heard from the other end for ${silence / 1000} s`),
    });
    connection.maxFrameBytes = limits.frameBytes;
    connection.onData = () => this.#heartbeat.heard();
    // Whoever gets this link sets its handlers in this turn.
    setImmediate(() => {
      connection.flow(
        frame => this.#receive(frame),
        message => this.#lost(message),
        (kind, text, bytes) => this.#intakeFor(kind, text, bytes),
      );
    });
  }

  get full(): boolean {
    return this.#open && this.#outgoing.isFull(this.#batch.messages, this.#batch.bytes);
  }

  /** Keeps the process running as long as the link is open, which is so unless `unref` was called. */
  ref(): void {
    this.#connection.socket.ref();
  }

  unref(): void {
    this.#connection.socket.unref();
  }

  send(message: Message): void {
    if (!this.#open) return;
    const batch = this.#batch;
    try {
      batch.add(message);
    } catch (error) {
      this.#refuse(message, error as Error);
      return;
    }
    if (batch.messages >= FLUSH_MESSAGES || batch.bytes >= FLUSH_BYTES) this.flush();
    else if (!this.#flushScheduled && !this.#isGathering) {
      this.#flushScheduled = true;
      queueMicrotask(this.#flushNow);
    }
  }

  readonly #flushNow = (): void => {
    this.#flushScheduled = false;
    this.flush();
    if (!this.gathers || this.#isGathering) return;
    this.#isGathering = true;
    setImmediate(this.#flushGathered);
  };

  readonly #flushGathered = (): void => {
    this.#isGathering = false;
    this.flush();
  };

  flush(): void {
    const batch = this.#batch;
    if (batch.messages === 0 || !this.#open) return;
    this.#batch = new OutgoingBatch();
    const text = this.#textOf(batch);
    if (text === undefined) this.#sendWithoutLast(batch);
    else this.#sendBatch(batch, text);
  }

  /** From now on the other end may be silent for so many milliseconds: it runs programs that may be busy for long. */
  allowSilence(milliseconds: number): void {
    this.#heartbeat.allow(milliseconds);
  }

  close(reason = 'the link was closed'): void {
    if (!this.#open) return;
    this.flush();
    this.#sayGoodbye({ message: reason, expected: true });
  }

  #sendBatch(batch: OutgoingBatch, text: string): void {
    const kind = batch.hasStandIns ? FrameKind.batchWithStandIns : FrameKind.batch;
    this.#outgoing.sent(batch.messages, this.#write(kind, text, batch.parts));
    // It may have become less than was estimated, so little that the other end has no reason to tell of it.
    if (this.#outgoing.hasDrained()) queueMicrotask(() => this.onDrain());
  }

  /** Undefined when it is more than fits into a frame, or into a string. */
  #textOf(batch: OutgoingBatch): string | undefined {
    // Escapes and UTF-16 make of one character six bytes at most.
    if (batch.bytes < this.#sendFrameBytes / 8) return batch.text();
    try {
      const text = batch.text();
      return frameBytes(text, batch.parts) > this.#sendFrameBytes ? undefined : text;
    } catch {
      return undefined;
    }
  }

  /** A batch is sent as soon as it is large, so what makes it too large is its last message. */
  #sendWithoutLast(batch: OutgoingBatch): void {
    const { bytes } = batch;
    batch.removeLast();
    if (batch.messages > 0) this.#sendBatch(batch, batch.text());
    this.#fail(
      `a message of about ${bytes} bytes is above the limit of ${this.#sendFrameBytes} of the other end: send it in pieces`,
    );
  }

  #write(kind: number, text?: string, parts?: OutgoingBatch['parts']): number {
    const { messages, bytes } = this.#incoming;
    this.#incoming.told();
    this.#heartbeat.said();
    return this.#connection.write(kind, text, parts, messages, bytes);
  }

  #receive(frame: Frame): void {
    this.#outgoing.taken(frame.takenMessages, frame.takenBytes);
    if (this.#outgoing.hasDrained()) this.#call(() => this.onDrain());
    if (!this.#open) return;
    switch (frame.kind) {
      case FrameKind.batch:
      case FrameKind.batchWithStandIns:
        this.#deliver(frame);
        return;
      case FrameKind.credit:
      case FrameKind.pong:
        return;
      case FrameKind.ping:
        // What is under way is a sign of life already; and whoever pings without reading shall not fill the memory.
        if (this.#connection.socket.writableLength === 0) this.#write(FrameKind.pong);
        return;
      case FrameKind.goodbye:
        this.#connection.destroy();
        this.#close(reasonOf(frame.text));
        return;
      default:
        this.#fail(`a frame of kind ${frame.kind} has no place in an open link`);
    }
  }

  #intakeFor(kind: number, text: string, bytes: number): Intake | undefined {
    if (!this.#open || this.intakeFor === undefined || kind !== FrameKind.batchWithStandIns) return undefined;
    const message = messageBeforeItsPart(text);
    if (message === undefined) return undefined;
    const intake = this.#call(() => this.intakeFor?.(message, bytes));
    return intake && (piece => this.#call(() => intake(piece)));
  }

  #deliver(frame: Frame): void {
    if (frame.isTaken) {
      this.#took(1, frame.bytes);
      return;
    }
    let messages: Message[];
    try {
      messages = messagesOf(frame.text, frame.parts, frame.kind === FrameKind.batchWithStandIns);
    } catch (error) {
      this.#fail(`what arrived could not be read: ${(error as Error).message}`);
      return;
    }
    this.#call(() => this.onMessages(messages));
    this.#took(messages.length, frame.bytes);
  }

  #took(messages: number, bytes: number): void {
    this.#incoming.took(messages, bytes);
    if (!this.#open || !this.#incoming.isDue) return;
    // Answers that are about to leave carry it.
    if (this.#batch.messages === 0) this.#write(FrameKind.credit);
  }

  /** An error of the receiver's is its own: the frames behind this one are delivered all the same. */
  #call<Result>(receiver: () => Result): Result | undefined {
    try {
      return receiver();
    } catch (error) {
      queueMicrotask(() => {
        throw error;
      });
      return undefined;
    }
  }

  /**
   * Encoded values can always travel, so a message that cannot is a bug of its sender. What was sent before is innocent;
   * but with one message lost the link is no longer reliable, and whoever waits on it must hear of it.
   */
  #refuse(message: Message, cause: Error): void {
    this.flush();
    this.#fail(`a message of kind ${String(message[0])} cannot be sent to another process: ${cause.message}`);
  }

  #fail(message: string): void {
    if (this.#open) this.#sayGoodbye({ message, expected: false });
  }

  #sayGoodbye(reason: CloseReason): void {
    this.#write(FrameKind.goodbye, JSON.stringify(reason));
    this.#connection.end();
    this.#close(reason);
  }

  #lost(message: string): void {
    if (!this.#open) return;
    this.#connection.destroy();
    this.#close({ message, expected: false });
  }

  #close(reason: CloseReason): void {
    this.#open = false;
    this.#heartbeat.stop();
    queueMicrotask(() => this.onClose(reason)); // never inside the caller's own send or close
  }
}

function reasonOf(text: string): CloseReason {
  try {
    const { message, expected } = JSON.parse(text) as Partial<CloseReason>;
    return { message: String(message), expected: expected === true };
  } catch {
    return { message: 'the other end said goodbye without a reason', expected: false };
  }
}
