import { collectGarbage } from './garbage.ts';
import type { Node } from './node.ts';
import { Op } from './protocol.ts';
import type { ResourceShape } from './resources.ts';
import { systemTime, type Time } from './time.ts';

const LOOK_AFTER_MS = 50;
const LOOK_EVERY_MS = 1_000;
/** What a collection has spared is not suspected for so long, then for twice as long, and so on. */
const FIRST_REST_MS = 1_000;
const LONGEST_REST_MS = 30_000;
const RELIEVE_EVERY_MS = 500;

interface Rest {
  readonly until: number;
  readonly length: number;
}

type Waiting = Pick<Node, 'scheduler' | 'extensions' | 'store' | 'pool' | 'isEnding'>;

/** Asks for collections of garbage when somebody waits for what only they can free: the collector knows of no such need. */
export class Relief {
  /** Streams that have not ended: what nobody can read any more holds the resources of its producer. */
  readonly openStreams = new Set<object>();
  readonly #node: Waiting;
  readonly #time: Time;
  readonly #collect: () => void;
  readonly #rests = new WeakMap<object, Rest>();
  #isLooking = false;
  #relieving = false;

  constructor(node: Waiting, time: Time = systemTime, collect = collectGarbage) {
    this.#node = node;
    this.#time = time;
    this.#collect = collect;
  }

  /** What work waits for may be held by actors or streams nobody can reach any more, which only a collection finds out. */
  ofWaiting(delay = LOOK_AFTER_MS): void {
    if (this.#isLooking) return;
    this.#isLooking = true;
    this.#time.after(delay, () => this.#look());
  }

  #look(): void {
    this.#isLooking = false;
    const shapes = [...this.#node.scheduler.waiting()]
      .filter(({ feasible }) => feasible)
      .map(({ claim }) => claim.shape);
    if (shapes.length === 0) return;
    const now = this.#time.now();
    const suspects = new Set(this.#suspects(shapes));
    for (const suspect of suspects) {
      if ((this.#rests.get(suspect)?.until ?? 0) > now) continue;
      this.#collect();
      this.#spare(suspects, now);
      break;
    }
    this.ofWaiting(LOOK_EVERY_MS);
  }

  *#suspects(shapes: readonly ResourceShape[]): Generator<object> {
    yield* this.openStreams;
    for (const extension of this.#node.extensions) {
      for (const shape of shapes) yield* extension.perhapsAbandoned?.(shape) ?? [];
    }
  }

  #spare(suspects: Iterable<object>, now: number): void {
    for (const suspect of suspects) {
      const last = this.#rests.get(suspect);
      const length = last === undefined ? FIRST_REST_MS : Math.min(2 * last.length, LONGEST_REST_MS);
      this.#rests.set(suspect, { until: now + length, length });
    }
  }

  /** The store is full, perhaps of objects that only garbage in workers refers to. */
  ofStore(): void {
    if (this.#relieving) return;
    this.#relieving = true;
    this.#collect();
    for (const thread of this.#node.pool.threads) thread.post([Op.Collect]);
    this.#time.after(RELIEVE_EVERY_MS, () => {
      this.#relieving = false;
      if (this.#node.store.statistics.spilledBytes > 0 && !this.#node.isEnding) this.ofStore();
    });
  }
}
