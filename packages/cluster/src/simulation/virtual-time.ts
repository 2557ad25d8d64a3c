import { setImmediate } from 'node:timers/promises';

interface Event {
  readonly at: number;
  readonly number: number;
  readonly callback: () => void;
}

/** Time that stands still while code runs and jumps to the next event when none does: hours pass in seconds. */
export class VirtualTime {
  now = 0;
  #count = 0;
  /** A binary heap, the next event on top; of equal times the one that was asked for first. */
  readonly #events: Event[] = [];

  after(milliseconds: number, callback: () => void): void {
    this.#push({ at: this.now + Math.max(0, milliseconds), number: this.#count++, callback });
  }

  /** Lets so many milliseconds pass. */
  async pass(milliseconds: number): Promise<void> {
    const end = this.now + milliseconds;
    await setImmediate();
    for (let next = this.#events[0]; next !== undefined && next.at <= end; next = this.#events[0]) {
      this.now = next.at;
      // All of one moment; what promises make of it comes after.
      do this.#pop().callback();
      while (this.#events[0]?.at === this.now);
      await setImmediate();
    }
    this.now = end;
  }

  #push(event: Event): void {
    const events = this.#events;
    let at = events.length;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!isBefore(event, events[parent] as Event)) break;
      events[at] = events[parent] as Event;
      at = parent;
    }
    events[at] = event;
  }

  #pop(): Event {
    const events = this.#events;
    const top = events[0] as Event;
    const last = events.pop() as Event;
    if (events.length === 0) return top;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= events.length) break;
      if (child + 1 < events.length && isBefore(events[child + 1] as Event, events[child] as Event)) child++;
      if (!isBefore(events[child] as Event, last)) break;
      events[at] = events[child] as Event;
      at = child;
    }
    events[at] = last;
    return top;
  }
}

function isBefore(a: Event, b: Event): boolean {
  return a.at < b.at || (a.at === b.at && a.number < b.number);
}
