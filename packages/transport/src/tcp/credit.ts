import type { BacklogLimits } from '../backlog.ts';

/**
 * What this end has sent and the other end has not taken yet. Full at the limits; when that was noticed, whoever waits
 * hears of it once half of the backlog is done.
 */
export class OutgoingCredit {
  readonly #limits: BacklogLimits;
  #messages = 0;
  #bytes = 0;
  #drainWanted = false;

  constructor(limits: BacklogLimits) {
    this.#limits = limits;
  }

  sent(messages: number, bytes: number): void {
    this.#messages += messages;
    this.#bytes += bytes;
  }

  /** `messages` and `bytes` are gathered and not yet sent. */
  isFull(messages: number, bytes: number): boolean {
    const full = this.#messages + messages >= this.#limits.messages || this.#bytes + bytes >= this.#limits.bytes;
    if (full) this.#drainWanted = true;
    return full;
  }

  /** The other end took so much more. */
  taken(messages: number, bytes: number): void {
    this.#messages = Math.max(0, this.#messages - messages);
    this.#bytes = Math.max(0, this.#bytes - bytes);
  }

  /** True, once, when somebody found the link full and may go on. */
  hasDrained(): boolean {
    if (!this.#drainWanted) return false;
    if (this.#messages > this.#limits.messages / 2 || this.#bytes > this.#limits.bytes / 2) return false;
    this.#drainWanted = false;
    return true;
  }
}

/** What this end has taken and not yet told. Both ends know both limits, so what one waits for the other one tells. */
export class IncomingCredit {
  messages = 0;
  bytes = 0;
  readonly #limits: BacklogLimits;

  constructor(limits: BacklogLimits) {
    this.#limits = limits;
  }

  took(messages: number, bytes: number): void {
    this.messages += messages;
    this.bytes += bytes;
  }

  /** So much that the sender should hear of it, even if there is nothing else to tell it. */
  get isDue(): boolean {
    return this.messages >= this.#limits.messages / 4 || this.bytes >= this.#limits.bytes / 4;
  }

  told(): void {
    this.messages = 0;
    this.bytes = 0;
  }
}
