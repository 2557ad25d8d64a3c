/**
 * One message between two runtimes: a number that says which, then its fields. Fields are what structured clone and a
 * frame can both carry: numbers, strings, null, payloads and flat arrays of these. The messages themselves are listed
 * in `packages/core/src/protocol.ts`; a link knows nothing of what they mean.
 */
export type Message = readonly [op: number, ...fields: unknown[]];

/** Why a link is no more. */
export interface CloseReason {
  /** In words, for the errors of whatever waited on the link. */
  readonly message: string;
  /** False when the peer died or the wire broke. */
  readonly expected: boolean;
}

/** Takes bytes in order, as they come. They are only lent: they will be others once it has returned. */
export type Intake = (bytes: Uint8Array) => void;

/**
 * An ordered, reliable message channel between two runtimes.
 *
 * `send` never waits. A link gathers what is sent during one turn of the event loop and moves it as **one batch**; the
 * peer receives it as one array, in order. After `close` nothing is delivered any more and `send` does nothing.
 * `onClose` is called exactly once, after the last batch.
 */
export interface Link {
  send(message: Message): void;
  /** Moves now what was gathered, for instance before blocking work starts. */
  flush(): void;
  /**
   * True while more has been sent than the peer has taken. A sender that can wait should, until `onDrain`; nothing is
   * lost if it does not.
   */
  readonly full: boolean;
  /** Set once, before the first turn ends. */
  onMessages: (batch: readonly Message[]) => void;
  onClose: (reason: CloseReason) => void;
  onDrain: () => void;
  /**
   * Where the large bytes go that end `message`, so that they are copied once: from the wire to their place. A link that gets
   * them bit by bit asks when the rest of the message is there, with an empty last field; other links never do. What an
   * intake takes, `bytes` in all unless the link ends before, is not delivered as a message. Undefined: it is, as any other.
   */
  intakeFor?: (message: Message, bytes: number) => Intake | undefined;
  close(reason?: string): void;
}
