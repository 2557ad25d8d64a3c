import type { Readable } from 'node:stream';
import { setImmediate } from 'node:timers/promises';
import { MessageChannel, type ResourceLimits, Worker, type WorkerOptions } from 'node:worker_threads';
import type { Link } from '../link.ts';
import { Control } from './control.ts';
import { type Handshake, type HandshakeData, transferOf } from './handshake.ts';
import { readLines, Tail } from './output-lines.ts';
import { describeExit, type ThreadExit } from './thread-exit.ts';
import { ThreadLink } from './thread-link.ts';
import { readStatistics, type ThreadStatistics } from './thread-statistics.ts';
import { trafficMemory } from './traffic.ts';

export interface HostThreadOptions {
  /** The module the worker starts with; it calls `connectToHost()`. */
  readonly boot: URL;
  /** What `connectToHost().data` gives the worker; structured clone. */
  readonly data: unknown;
  /** Shown by debuggers and in process listings. */
  readonly name?: string;
  /** Default: a copy of this process's. */
  readonly env?: WorkerOptions['env'];
  /** Passed through. Node refuses V8 flags here. */
  readonly execArgv?: string[];
  /** `process.argv` of the worker beyond the program itself. */
  readonly argv?: readonly string[];
  readonly resourceLimits?: ResourceLimits;
  /** Gets what the worker prints, line by line and without line ends. */
  onOutput(stream: 'stdout' | 'stderr', text: string): void;
}

/**
 * `C` as seen from the other thread: every method answers later. Comlink's own type says the same, but its declarations need
 * the DOM's, which programs for Node do not have.
 */
export type RemoteControl<C> = {
  readonly [K in keyof C]: C[K] extends (...args: infer A) => infer R ? (...args: A) => Promise<Awaited<R>> : never;
};

/**
 * The host's end of a worker thread: its link, its control interface `C`, its output and its end. Does not keep the
 * process running unless `ref()` says so.
 */
export class HostThread<C extends object> {
  /** Its `onClose` tells the reason of the exit, after the last batch the worker sent. */
  readonly link: Link;
  /** Resolves when the thread is gone, however it ended. Never rejects. */
  readonly exited: Promise<ThreadExit>;
  readonly threadId: number;
  readonly #worker: Worker;
  readonly #link: ThreadLink;
  readonly #control: Control<C>;
  readonly #stderr = new Tail();
  readonly #outputEnds: Promise<unknown>;
  readonly #heapLimitMb: number | undefined;
  #error: unknown;
  #terminated = false;
  #linkClosed = false;

  constructor(options: HostThreadOptions) {
    const links = new MessageChannel();
    const controls = new MessageChannel();
    const traffic = trafficMemory();
    const handshake: Handshake = { link: links.port2, control: controls.port2, traffic, data: options.data };
    this.#worker = new Worker(options.boot, {
      ...workerOptions(options),
      workerData: { aktis: handshake } satisfies HandshakeData,
      transferList: transferOf(handshake),
    });
    this.threadId = this.#worker.threadId;
    this.#heapLimitMb = this.#worker.resourceLimits?.maxOldGenerationSizeMb;
    this.#outputEnds = this.#readOutput(options.onOutput);
    this.#worker.on('error', error => {
      this.#error ??= error;
    });
    this.exited = new Promise(resolve => {
      this.#worker.once('exit', code => void this.#finish(code).then(resolve));
    });
    this.#link = new ThreadLink(links.port1, traffic, 0);
    this.#link.awaitsReason = true;
    this.link = this.#observed(this.#link);
    this.#control = new Control(controls.port1);
    links.port1.unref();
    this.#worker.unref();
  }

  /** The worker's control interface. A call rejects when the worker is gone or goes before it has answered. */
  get control(): RemoteControl<C> {
    return this.#control.remote as RemoteControl<C>;
  }

  /** Keeps the process running as long as the worker does; undone by `unref`. */
  ref(): void {
    this.#worker.ref();
  }

  unref(): void {
    this.#worker.unref();
  }

  /** Ends the thread at once, also in the middle of a busy loop. Resolves when it is gone. */
  async terminate(): Promise<void> {
    this.#terminated = true;
    await this.#worker.terminate();
    await this.exited;
  }

  /** What this version of Node can tell about the running thread. */
  statistics(): Promise<ThreadStatistics> {
    return readStatistics(this.#worker);
  }

  /** Milliseconds in which its event loop had nothing to do, so far. */
  get idleTime(): number {
    return this.#worker.performance.eventLoopUtilization().idle;
  }

  /** Everything on the heap of the thread, which stops meanwhile, even in an endless loop. */
  heapSnapshot(): Promise<Readable> {
    return this.#worker.getHeapSnapshot();
  }

  #readOutput(onOutput: HostThreadOptions['onOutput']): Promise<unknown> {
    const { stdout, stderr } = this.#worker;
    // Node pipes both to the process unless told to capture them, but a captured stream keeps the process running.
    stdout.unpipe();
    stderr.unpipe();
    return Promise.all([
      readLines(stdout, line => onOutput('stdout', line)),
      readLines(stderr, line => {
        this.#stderr.add(line);
        onOutput('stderr', line);
      }),
    ]);
  }

  async #finish(code: number): Promise<ThreadExit> {
    // The last output is on its way through the streams; a few turns are plenty, and waiting longer could be for ever.
    await Promise.race([this.#outputEnds, turns(10)]);
    const exit = describeExit({
      code,
      error: this.#error,
      terminated: this.#terminated,
      linkClosed: this.#linkClosed,
      heapLimitMb: this.#heapLimitMb,
      stderrTail: this.#stderr.lines,
    });
    this.#control.lost(exit.reason);
    this.#link.lost(exit.reason, this.#terminated);
    return exit;
  }

  /** The link itself, remembering that the host closed it. */
  #observed(link: ThreadLink): Link {
    const close = link.close.bind(link);
    link.close = reason => {
      this.#linkClosed = true;
      close(reason);
    };
    return link;
  }
}

function workerOptions({ name, env, execArgv, argv, resourceLimits }: HostThreadOptions): WorkerOptions {
  return {
    ...(name !== undefined && { name }),
    ...(env !== undefined && { env }),
    ...(execArgv !== undefined && { execArgv }),
    ...(argv !== undefined && { argv: [...argv] }),
    ...(resourceLimits !== undefined && { resourceLimits }),
  };
}

async function turns(count: number): Promise<void> {
  for (let i = 0; i < count; i++) await setImmediate();
}
