import { clearTimeout, setTimeout } from 'node:timers';
/**
 * `running` until one of the others: `done` and `failed` when the import was settled, `stopped` when the module's code
 * reached `init()`, `slow` when its time was up.
 */
export type ImportState = 'running' | 'done' | 'failed' | 'stopped' | 'slow';

/** One import of a module in this worker, made once however many definitions need it. */
export class ModuleImport {
  readonly url: string;
  /** Resolves, and never rejects, as soon as the state is no longer `running`. */
  readonly ended: Promise<void>;
  #state: ImportState = 'running';
  #error: unknown;
  #resolve = () => {};

  constructor(url: string, evaluate: (url: string) => Promise<void>, timeout = 60_000) {
    this.url = url;
    this.ended = new Promise(resolve => {
      this.#resolve = resolve;
    });
    const timer = setTimeout(() => this.#end('slow'), timeout);
    timer.unref();
    // A rejection after everything was registered is normal for test files, and so is nobody asking for the error.
    evaluate(url)
      .then(
        () => this.#end('done'),
        error => this.#end('failed', error),
      )
      .then(() => clearTimeout(timer));
  }

  get state(): ImportState {
    return this.#state;
  }

  /** What the module threw. */
  get error(): unknown {
    return this.#error;
  }

  /** Its code waits for `init()` now: nothing below will run. */
  stop(): void {
    this.#end('stopped');
  }

  /** Resolves when the import ended or after `milliseconds`, whichever is first. */
  async endedWithin(milliseconds: number): Promise<void> {
    if (this.#state !== 'running') return;
    let timer: NodeJS.Timeout | undefined;
    const elapsed = new Promise<void>(resolve => {
      timer = setTimeout(resolve, milliseconds);
    });
    await Promise.race([this.ended, elapsed]);
    clearTimeout(timer);
  }

  #end(state: Exclude<ImportState, 'running'>, error?: unknown): void {
    if (this.#state !== 'running') return;
    this.#state = state;
    this.#error = error;
    this.#resolve();
  }
}
