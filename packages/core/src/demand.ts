/** For what a value is wanted that lies elsewhere: what comes first here is brought first. */
export const Urgency = { get: 0, wait: 1, argument: 2 } as const;
export type Urgency = (typeof Urgency)[keyof typeof Urgency];

/** Those who wait for one value that is on its way here, or is to be. */
export class Demand {
  /** It has become more or less urgent; or nobody wants it any more, and whoever has not begun to bring it may drop it. */
  onChanged: () => void = () => {};
  /** It was dropped: it will not come. */
  isDropped = false;
  readonly #wishes = [0, 0, 0];

  /** Of the most urgent wish; undefined: nobody wants it any more. */
  get urgency(): Urgency | undefined {
    const most = this.#wishes.findIndex(count => count > 0);
    return most < 0 ? undefined : (most as Urgency);
  }

  /** Somebody wants it, too, until the returned function is called (once). */
  join(urgency: Urgency): () => void {
    this.#add(urgency, 1);
    return () => this.#add(urgency, -1);
  }

  #add(urgency: Urgency, count: 1 | -1): void {
    const before = this.urgency;
    this.#wishes[urgency] = (this.#wishes[urgency] as number) + count;
    if (this.urgency !== before) this.onChanged();
  }
}
