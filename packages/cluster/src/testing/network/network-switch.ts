import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { ProcessGuard } from '../process-guard.ts';
import { inNamespace, ipEnvironment } from './ip-command.ts';
import { NetworkUnavailableError } from './network-error.ts';
import type { FromSwitch, ToSwitch } from './switch-process.ts';

type Without<T> = T extends unknown ? Omit<T, 'id'> : never;

/** The process that carries the packets, as its test sees it. */
export class NetworkSwitch {
  readonly #process: ChildProcess;
  readonly #waiting = new Map<number, { resolve(): void; reject(error: Error): void }>();
  #count = 0;

  constructor(namespace: string, guard: ProcessGuard) {
    const script = fileURLToPath(new URL('./switch-process.js', import.meta.url));
    this.#process = spawn(...inNamespace(namespace, process.execPath, [script]), {
      detached: true,
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
      env: ipEnvironment,
    });
    const { pid } = this.#process;
    if (pid !== undefined) guard.watch(pid);
    this.#process.on('message', ({ done, failure }: FromSwitch) => {
      const waiting = this.#waiting.get(done);
      this.#waiting.delete(done);
      if (failure === undefined) waiting?.resolve();
      else waiting?.reject(new NetworkUnavailableError(`The switch of the test network cannot work: ${failure}`));
    });
    const ended = (reason: string) => {
      if (pid !== undefined) guard.forget(pid);
      for (const { reject } of this.#waiting.values()) reject(new NetworkUnavailableError(reason));
      this.#waiting.clear();
    };
    this.#process.once('error', error =>
      ended(`The switch of the test network could not be started: ${error.message}`),
    );
    this.#process.once('exit', () => ended('The switch of the test network has ended'));
    this.#process.unref();
    this.#process.channel?.unref();
  }

  /** Resolves when it is so. */
  tell(message: Without<ToSwitch>): Promise<void> {
    return new Promise((resolve, reject) => {
      const id = ++this.#count;
      this.#waiting.set(id, { resolve, reject });
      this.#process.send({ ...message, id } as ToSwitch, error => {
        if (error && this.#waiting.delete(id)) reject(new NetworkUnavailableError(error.message, { cause: error }));
      });
    });
  }

  async end(): Promise<void> {
    if (this.#process.exitCode !== null || this.#process.signalCode !== null) return;
    const ended = new Promise(resolve => this.#process.once('exit', resolve));
    this.#process.ref();
    this.#process.kill('SIGKILL');
    await ended;
  }
}
