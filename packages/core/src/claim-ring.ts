/**
 * Who may still decide about a piece of work that was sent to a thread: one Int32 cell per slot, in memory both sides
 * share. It makes "take back what has not started" and "cancel what has not started" exact, even while the thread is
 * busy in a synchronous loop and reads no messages.
 *
 * ```
 *            worker            worker
 *   Sent ───────────▶ Started ─────────▶ (Done/Failed frees the slot)
 *    │ hub               │ hub
 *    ▼                   ▼
 *  Revoked            Aborted      `isCancelled` of a synchronous loop reads this
 *    │ worker
 *    └─▶ (Skipped frees the slot)
 * ```
 */
const Claim = { Sent: 0, Started: 1, Revoked: 2, Aborted: 3 } as const;

/** How many pieces of work one thread may hold at a time; what exceeds it waits in the hub's queues. */
const SLOTS = 4096;

export class ClaimRing {
  readonly cells: Int32Array;
  /** When the work in each slot entered user code, in milliseconds since the epoch. */
  readonly #starts: Float64Array;
  #free: number[] = [];
  #next = 0;

  constructor(buffer: SharedArrayBuffer = new SharedArrayBuffer(SLOTS * (4 + 8))) {
    this.cells = new Int32Array(buffer, 0, SLOTS);
    this.#starts = new Float64Array(buffer, SLOTS * 4, SLOTS);
  }

  get buffer(): SharedArrayBuffer {
    return this.cells.buffer as SharedArrayBuffer;
  }

  /** Hub: a free slot, set to Sent; -1 when all are taken. */
  take(): number {
    const slot = this.#free.pop() ?? (this.#next < SLOTS ? this.#next++ : -1);
    if (slot >= 0) Atomics.store(this.cells, slot, Claim.Sent);
    return slot;
  }

  /** Hub: the slot's answer has come. */
  give(slot: number): void {
    this.#free.push(slot);
  }

  /** Hub: keeps the work from starting. False: it has started already. */
  revoke(slot: number): boolean {
    return Atomics.compareExchange(this.cells, slot, Claim.Sent, Claim.Revoked) === Claim.Sent;
  }

  /** Hub: tells running work that it was cancelled. */
  abort(slot: number): void {
    Atomics.compareExchange(this.cells, slot, Claim.Started, Claim.Aborted);
  }

  /** Hub: whether the work entered user code. */
  hasStarted(slot: number): boolean {
    const claim = Atomics.load(this.cells, slot);
    return claim === Claim.Started || claim === Claim.Aborted;
  }

  /** Hub: when the work entered user code, in milliseconds since the epoch; 0: it has not. */
  startedAt(slot: number): number {
    return this.#starts[slot] ?? 0;
  }

  /** Worker: claims the work. False: it was revoked and must be skipped. */
  start(slot: number): boolean {
    this.#starts[slot] = 0;
    return Atomics.compareExchange(this.cells, slot, Claim.Sent, Claim.Started) === Claim.Sent;
  }

  /** Worker: the work enters user code. */
  enter(slot: number, now: number): void {
    this.#starts[slot] = now;
  }

  /** Worker: whether the running work was cancelled. */
  isAborted(slot: number): boolean {
    return Atomics.load(this.cells, slot) === Claim.Aborted;
  }
}
