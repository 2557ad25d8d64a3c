import type { FastifyReply } from 'fastify';

/** A reader that takes so little is let go; it will come again, and ask for what it missed. */
const LARGEST_BACKLOG = 4_000_000;

/** Server-sent events: one browser that listens. */
export class EventStream {
  readonly #reply: FastifyReply;
  #isOpen = true;

  constructor(reply: FastifyReply, onClose: () => void) {
    this.#reply = reply;
    const headers = reply.getHeaders();
    reply.hijack();
    reply.raw.writeHead(200, {
      ...(headers as Record<string, string>),
      'content-type': 'text/event-stream',
      'cache-control': 'no-store',
      'x-accel-buffering': 'no',
    });
    reply.raw.on('close', () => {
      this.#isOpen = false;
      onClose();
    });
    this.#write(':\n\n');
  }

  get isOpen(): boolean {
    return this.#isOpen;
  }

  send(event: unknown): void {
    this.#write(`data: ${JSON.stringify(event)}\n\n`);
  }

  /** So that both sides notice when the other is gone. */
  beat(): void {
    this.#write(':\n\n');
  }

  /** Nothing more comes. */
  end(): void {
    this.#reply.raw.end();
  }

  #write(text: string): void {
    if (!this.#isOpen) return;
    this.#reply.raw.write(text);
    if (this.#reply.raw.writableLength > LARGEST_BACKLOG) this.#reply.raw.destroy();
  }
}
