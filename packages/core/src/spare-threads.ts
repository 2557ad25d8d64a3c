import { clearTimeout, setTimeout } from 'node:timers';
import type { RuntimeEnvironment } from './runtime-environment.ts';
import type { WorkerThread } from './worker-thread.ts';

/** How long a spare thread stands by before it is given back. */
const IDLE_MS = 30_000;
/** More than this many never stand by. */
const MOST = 4;

interface Spare {
  readonly thread: WorkerThread;
  /** `process.env` when it was started: a thread sees a copy, and a fresh one would see today's. */
  readonly env: Readonly<NodeJS.ProcessEnv>;
  readonly idle: NodeJS.Timeout;
}

/** What the spare threads need to know. */
export interface SpareSettings {
  start(environment: RuntimeEnvironment): WorkerThread;
  /** Not while the session ends, or memory is short. */
  mayStart(): boolean;
  /** Threads that can start at a time and not be in each other's way. */
  readonly processors: number;
  /** How long one stands by before it is given back, in milliseconds. Default half a minute. */
  readonly idle?: number;
}

/**
 * A thread that is started before anybody asks for it. A new thread takes its time to load Aktis itself, and an actor with
 * a thread of its own has to wait for that; so once a program has created such an actor, one more thread stands by for the
 * next. No user code has run in it: nothing tells it from a thread that was started when it was needed.
 *
 * One is taken and replaced as soon as no other thread is starting, so that the replacement is in nobody's way. Where
 * actors come faster than replacements do, more than one stand by. All end when nobody came for a while.
 */
export class SpareThreads {
  readonly #settings: SpareSettings;
  readonly #spares: Spare[] = [];
  /** What the next one is for; undefined: there is no need of one. */
  #environment: RuntimeEnvironment | undefined;
  #goal = 1;
  #isOutrun = false;

  constructor(settings: SpareSettings) {
    this.#settings = settings;
  }

  /** An actor of `environment` got a thread of its own: the next one may follow. */
  expect(environment: RuntimeEnvironment): void {
    this.#environment = environment;
    if (this.#isOutrun) this.#goal = Math.min(this.#goal + 1, this.#settings.processors, MOST);
    this.#isOutrun = false;
  }

  /** A thread that stands by, or is about to. */
  take(environment: RuntimeEnvironment): WorkerThread | undefined {
    const fit = this.#spares.filter(({ thread }) => thread.environment === environment && !thread.condemned);
    const best = fit.find(({ thread }) => thread.state === 'ready') ?? fit[0];
    if (best === undefined) return undefined;
    this.#remove(best);
    if (!isCurrent(best.env)) {
      best.thread.terminate('was idle');
      return undefined;
    }
    this.#isOutrun = best.thread.state === 'starting';
    return best.thread;
  }

  /** Starts what is missing. The caller sees to it that no other thread is starting. */
  refill(): void {
    while (this.#environment !== undefined && this.#spares.length < this.#goal && this.#settings.mayStart()) {
      const thread = this.#settings.start(this.#environment);
      const idle = setTimeout(() => this.giveBack(), this.#settings.idle ?? IDLE_MS).unref();
      this.#spares.push({ thread, env: { ...process.env }, idle });
    }
  }

  /** Ends all of them, until the next actor comes. */
  giveBack(): void {
    this.#environment = undefined;
    this.#goal = 1;
    for (const spare of [...this.#spares]) {
      this.#remove(spare);
      spare.thread.terminate('was idle');
    }
  }

  /** The thread is gone. Nothing takes its place: what ended it could end the next one. */
  forget(thread: WorkerThread): void {
    const spare = this.#spares.find(spare => spare.thread === thread);
    if (spare !== undefined) this.#remove(spare);
  }

  #remove(spare: Spare): void {
    clearTimeout(spare.idle);
    this.#spares.splice(this.#spares.indexOf(spare), 1);
  }
}

function isCurrent(then: Readonly<NodeJS.ProcessEnv>): boolean {
  const now = { ...process.env };
  const names = Object.keys(now);
  return names.length === Object.keys(then).length && names.every(name => now[name] === then[name]);
}
