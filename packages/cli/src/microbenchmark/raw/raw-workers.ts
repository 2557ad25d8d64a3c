import { Worker } from 'node:worker_threads';
import type { RawCall } from './echo-worker.ts';

const program = new URL('./echo-worker.js', import.meta.url);

/**
 * Bare threads, called in turn: what calls cost at least when each has an id, an entry in a map and a promise. Either
 * each call is a message, or all of one turn are one flat message.
 */
export class RawWorkers {
  readonly #workers: Worker[] = [];
  readonly #calls = new Map<number, (result: number) => void>();
  #batch: number[] = [];
  #lastId = 0;
  #turn = 0;

  constructor(count: number) {
    for (let i = 0; i < count; i++) {
      const worker = new Worker(program);
      worker.on('message', (answers: readonly number[]) => this.#settle(answers));
      this.#workers.push(worker);
    }
  }

  add(a: number, b: number): Promise<number> {
    return this.#call(id => [id, 'add', a, b]);
  }

  count(items: readonly unknown[]): Promise<number> {
    return this.#call(id => [id, 'count', items]);
  }

  ends(numbers: Float64Array): Promise<number> {
    return this.#call(id => [id, 'ends', numbers]);
  }

  /** As `add`, but the calls of one turn leave together. */
  addBatched(a: number, b: number): Promise<number> {
    return new Promise(resolve => {
      this.#calls.set(++this.#lastId, resolve);
      if (this.#batch.length === 0) queueMicrotask(() => this.#flush());
      this.#batch.push(this.#lastId, a, b);
    });
  }

  async end(): Promise<void> {
    await Promise.all(this.#workers.map(worker => worker.terminate()));
  }

  #call(message: (id: number) => RawCall): Promise<number> {
    return new Promise(resolve => {
      this.#calls.set(++this.#lastId, resolve);
      this.#next().postMessage(message(this.#lastId));
    });
  }

  #flush(): void {
    this.#next().postMessage(this.#batch);
    this.#batch = [];
  }

  #next(): Worker {
    this.#turn = (this.#turn + 1) % this.#workers.length;
    return this.#workers[this.#turn] as Worker;
  }

  #settle(answers: readonly number[]): void {
    for (let at = 0; at < answers.length; at += 2) {
      const id = answers[at] as number;
      this.#calls.get(id)?.(answers[at + 1] as number);
      this.#calls.delete(id);
    }
  }
}

/** Milliseconds from `new Worker` to its first answer. */
export async function startRawWorker(): Promise<{ milliseconds: number; worker: Worker }> {
  const start = performance.now();
  const worker = new Worker(program);
  worker.postMessage([1, 'add', 1, 2] satisfies RawCall);
  await new Promise(resolve => worker.once('message', resolve));
  return { milliseconds: performance.now() - start, worker };
}
