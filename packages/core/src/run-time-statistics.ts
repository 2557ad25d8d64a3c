/** How long calls of one function take: what decides how many may be sent ahead. */
export class RunTimeStatistics {
  #average = -1;

  /** Takes one measured run into account, in microseconds. A slow run counts at once, fast ones gradually. */
  add(microseconds: number): void {
    if (this.#average < 0 || microseconds > this.#average * 8) this.#average = microseconds;
    else this.#average += (microseconds - this.#average) / 8;
  }

  /** The expected microseconds of the next run, or `unknown`. */
  estimate(unknown: number): number {
    return this.#average < 0 ? unknown : Math.max(this.#average, 4);
  }
}
