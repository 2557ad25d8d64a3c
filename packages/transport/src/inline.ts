import { setImmediate } from 'node:timers';
import { type BacklogLimits, defaultLimits, messageBytes } from './backlog.ts';
import type { CloseReason, Link, Message } from './link.ts';

/**
 * Two links in one thread, joined back to back: for debugging and unit tests, where breakpoints and mocks must work.
 * What is sent in one turn of the event loop arrives as one batch in the next. Messages are handed over as they are,
 * which is safe because they hold encoded values.
 */
export function inlineLinkPair(limits: BacklogLimits = defaultLimits): [Link, Link] {
  const one = new InlineLink(limits);
  const other = new InlineLink(limits);
  one.peer = other;
  other.peer = one;
  return [one, other];
}

class InlineLink implements Link {
  onMessages: (batch: readonly Message[]) => void = () => {};
  onClose: (reason: CloseReason) => void = () => {};
  onDrain: () => void = () => {};
  peer!: InlineLink;
  readonly #limits: BacklogLimits;
  #closed = false;
  #gathered: Message[] = [];
  #bytes = 0;
  #drainWanted = false;

  constructor(limits: BacklogLimits) {
    this.#limits = limits;
  }

  get full(): boolean {
    const full = this.#gathered.length >= this.#limits.messages || this.#bytes >= this.#limits.bytes;
    if (full) this.#drainWanted = true;
    return full;
  }

  send(message: Message): void {
    if (this.#closed) return;
    // The real timer, also under fake ones, and a turn of its own: a chain of microtasks would starve all timers.
    if (this.#gathered.length === 0) setImmediate(() => this.#deliver());
    this.#gathered.push(message);
    this.#bytes += messageBytes(message);
  }

  flush(): void {
    // Nothing arrives before the turn ends, on any transport.
  }

  close(reason = 'the link was closed'): void {
    if (this.#closed) return;
    this.#closed = true;
    const { peer } = this;
    const last = this.#gathered;
    this.#gathered = [];
    setImmediate(() => {
      peer.#take(last);
      peer.#end({ message: reason, expected: true });
      this.onClose({ message: reason, expected: true });
    });
  }

  #deliver(): void {
    const batch = this.#gathered;
    this.#gathered = [];
    this.#bytes = 0;
    this.peer.#take(batch);
    if (!this.#drainWanted || this.#closed) return;
    this.#drainWanted = false;
    this.onDrain();
  }

  #take(batch: readonly Message[]): void {
    if (!this.#closed && batch.length > 0) this.onMessages(batch);
  }

  #end(reason: CloseReason): void {
    if (this.#closed) return; // its own close() reports
    this.#closed = true;
    this.onClose(reason);
  }
}
