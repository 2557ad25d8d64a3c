/** The list something is in, and its neighbours there. */
export interface Linked {
  list: object | null;
  previous: this | null;
  next: this | null;
}

/** Runs linked through themselves, oldest first: joining and leaving costs a few writes and no memory. */
export class RunList<R extends Linked> {
  #first: R | null = null;
  #last: R | null = null;
  #size = 0;

  get size(): number {
    return this.#size;
  }

  get oldest(): R | null {
    return this.#first;
  }

  add(run: R): void {
    this.#size++;
    run.list = this;
    run.previous = this.#last;
    if (this.#last === null) this.#first = run;
    else this.#last.next = run;
    this.#last = run;
  }

  /** False: it is not in here. */
  delete(run: R): boolean {
    if (run.list !== this) return false;
    this.#size--;
    run.list = null;
    const { previous, next } = run;
    if (previous === null) this.#first = next;
    else previous.next = next;
    if (next === null) this.#last = previous;
    else next.previous = previous;
    run.previous = null;
    run.next = null;
    return true;
  }

  /** None may leave meanwhile. */
  *[Symbol.iterator](): Generator<R> {
    for (let run = this.#first; run !== null; run = run.next) yield run;
  }
}
