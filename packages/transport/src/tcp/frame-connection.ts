import type { Socket } from 'node:net';
import { type Frame, noParts, type Part } from './frame.ts';
import { FrameReader, type OnLargePart } from './frame-reader.ts';
import { writeFrame } from './frame-writer.ts';

/** How long a connection may take to end after this end has said goodbye, without anything moving. Milliseconds. */
const LINGER = 10_000;

/** A socket that carries frames: one at a time while the ends shake hands, then as they come. */
export class FrameConnection {
  readonly socket: Socket;
  /** Any bytes arrived. */
  onData: () => void = () => {};
  readonly #reader: FrameReader;
  /** Whoever waits for a frame at the moment. */
  #onLost: ((message: string) => void) | undefined;
  #lost: string | undefined;
  #ended = false;
  #error: NodeJS.ErrnoException | undefined;

  constructor(socket: Socket, maxFrameBytes: number) {
    this.socket = socket;
    this.#reader = new FrameReader(maxFrameBytes);
    this.#reader.hold();
    socket.on('data', chunk => this.read(chunk));
    socket.on('error', error => {
      this.#error ??= error;
    });
    socket.on('end', () => this.#lose(this.#endMessage()));
    socket.on('close', () => this.#lose(this.#endMessage()));
  }

  /** Of frames that arrive from now on. */
  set maxFrameBytes(bytes: number) {
    this.#reader.maxBytes = bytes;
  }

  /** Returns the size of the frame. */
  write(kind: number, text = '', parts: readonly Part[] = noParts, takenMessages = 0, takenBytes = 0): number {
    return writeFrame(this.socket, kind, text, parts, takenMessages, takenBytes);
  }

  /** The next frame; those behind it wait. Rejects with an `Error` in words when the connection ends before. */
  take(): Promise<Frame> {
    return new Promise((resolve, reject) => {
      this.#receive(
        frame => {
          this.#reader.hold();
          this.#onLost = undefined;
          resolve(frame);
        },
        message => reject(new Error(message)),
      );
    });
  }

  /**
   * From now on frames are handed over as they come, first those that wait. `onLost`: the connection ended or broke, and
   * the message says how; not after `end` or `destroy`. `onLargePart`: where the part of a frame goes that is not there yet.
   */
  flow(onFrame: (frame: Frame) => void, onLost: (message: string) => void, onLargePart?: OnLargePart): void {
    if (onLargePart !== undefined) {
      this.#reader.onLargePart = (kind, text, bytes) => (this.#ended ? undefined : onLargePart(kind, text, bytes));
    }
    this.#receive(frame => {
      if (!this.#ended) onFrame(frame);
    }, onLost);
  }

  /**
   * Delivers what was written, then ends the connection. What still arrives is read and dropped: a connection that is
   * closed with something unread is reset, and the reset overtakes what was written.
   */
  end(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.socket.end();
    this.socket.setTimeout(LINGER, () => this.socket.destroy());
  }

  destroy(): void {
    this.#ended = true;
    this.socket.destroy();
  }

  #receive(onFrame: (frame: Frame) => void, onLost: (message: string) => void): void {
    this.#reader.onFrame = onFrame;
    this.#onLost = onLost;
    try {
      this.#reader.release();
    } catch (error) {
      this.#lose((error as Error).message);
    }
    this.#tellLost();
  }

  /** This has arrived; it is only lent. Called by the socket, or instead of its 'data' (`connect.ts`). */
  read(chunk: Buffer): void {
    if (this.#ended || this.#lost !== undefined) return;
    this.onData();
    try {
      this.#reader.read(chunk);
    } catch (error) {
      this.#lose((error as Error).message);
    }
  }

  #lose(message: string): void {
    this.#lost ??= message;
    this.socket.destroy();
    this.#tellLost();
  }

  #tellLost(): void {
    const tell = this.#onLost;
    if (this.#lost === undefined || this.#ended || tell === undefined) return;
    this.#onLost = undefined;
    tell(this.#lost);
  }

  #endMessage(): string {
    if (this.#error !== undefined) return describe(this.#error);
    if (this.#reader.isInside) return 'the connection ended in the middle of a frame';
    return 'the other end closed the connection without a goodbye';
  }
}

function describe(error: NodeJS.ErrnoException): string {
  switch (error.code) {
    case 'ECONNRESET':
      return 'the connection was reset';
    case 'EPIPE':
      return 'the other end has closed the connection';
    case 'ETIMEDOUT':
      return 'the other end does not answer any more';
    default:
      return `the connection broke: ${error.message}`;
  }
}
