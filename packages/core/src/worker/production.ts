import { TaskCancelledError } from '../errors.ts';
import { type Execution, executions } from './execution.ts';

/** One run of a generator: sends items as they are produced, and pauses when its consumer falls behind. */
export class Production {
  readonly #execution: Execution;
  readonly #iterator: Iterator<unknown> | AsyncIterator<unknown>;
  readonly #buffer: number;
  readonly #send: (item: unknown) => void;
  #produced = 0;
  #consumed = 0;
  #resume: (() => void) | undefined;

  constructor(
    execution: Execution,
    iterator: Iterator<unknown> | AsyncIterator<unknown>,
    buffer: number,
    send: (item: unknown) => void,
  ) {
    this.#execution = execution;
    this.#iterator = iterator;
    this.#buffer = buffer;
    this.#send = send;
    execution.onAbort = () => this.#resume?.();
  }

  consumed(count: number): void {
    this.#consumed = Math.max(this.#consumed, count);
    this.#resume?.();
  }

  async run(): Promise<void> {
    const execution = this.#execution;
    for (;;) {
      while (this.#produced - this.#consumed >= this.#buffer && !execution.isCancelled) {
        await new Promise<void>(resolve => {
          this.#resume = resolve;
        });
        this.#resume = undefined;
      }
      if (execution.isCancelled) {
        await executions.run(execution, () => this.#iterator.return?.(undefined));
        throw new TaskCancelledError(`${execution.name} was cancelled`);
      }
      const step = await executions.run(execution, () => this.#iterator.next());
      if (step.done === true) return;
      this.#send(step.value);
      this.#produced++;
    }
  }
}
