import { HostThread, inlineLinkPair } from '@aktis/transport';
import { ClaimRing } from './claim-ring.ts';
import { publicId } from './ids.ts';
import { type WorkerEnvironment, workerEnvironment } from './loading/worker-environment.ts';
import type { LogPrinter } from './log-printer.ts';
import { workerPlugins } from './plugin.ts';
import type { Job, RuntimeEnvironment } from './runtime-environment.ts';
import { channels } from './state/channels.ts';
import type { LogStore } from './state/log-store.ts';
import type { InitOptions } from './types.ts';
import type { WorkerControl } from './worker/control.ts';
import { WORKER_CONDITION } from './worker/worker-condition.ts';
import type { WorkerData } from './worker/worker-data.ts';
import { WorkerRuntime } from './worker/worker-runtime.ts';
import { type ThreadHome, type WorkerConnection, WorkerThread } from './worker-thread.ts';

interface StartingNode {
  readonly id: string;
  readonly jobId: string;
  readonly options: InitOptions;
  readonly logs: LogPrinter;
  readonly state: { readonly logs: LogStore };
}

/** Starts the workers of a node: threads, or with the inline transport executors on the node's own thread. */
export class WorkerStarter {
  readonly #node: StartingNode;
  readonly #home: () => ThreadHome;
  #count = 0;

  constructor(node: StartingNode, home: () => ThreadHome) {
    this.#node = node;
    this.#home = home;
  }

  start(environment: RuntimeEnvironment): WorkerThread {
    const number = ++this.#count;
    const { id: nodeId, jobId, options } = this.#node;
    const workerId = publicId(nodeId, number * 2 ** 32);
    const ring = new ClaimRing();
    const isInline = options.transport === 'inline';
    const own = workerEnvironment(environment.runtimeEnv.setup);
    const { job } = environment;
    const program = job?.bundle === undefined ? own : startOf(job, own);
    const data: WorkerData = {
      nodeId,
      jobId: job?.id ?? jobId,
      namespace: job?.namespace ?? options.namespace ?? '',
      labels: options.labels ?? {},
      number,
      workerId,
      ring: ring.buffer,
      plugins: workerPlugins().map(plugin => plugin.module),
      entry: program.entry,
      typescript: program.typescript,
      testRunner: program.testRunner,
      setup: environment.runtimeEnv.setup,
      bundle: job?.bundle,
      isInline,
    };
    const connection = isInline ? inlineWorker(data) : this.#thread(data, environment, program);
    if (channels.workerStart.hasSubscribers) channels.workerStart.publish({ workerId, number, nodeId });
    return new WorkerThread(this.#home(), number, workerId, environment, ring, connection);
  }

  #thread(data: WorkerData, { runtimeEnv }: RuntimeEnvironment, program: WorkerEnvironment): WorkerConnection {
    const host = new HostThread<WorkerControl>({
      boot: new URL('./worker/boot.js', import.meta.url),
      data,
      name: `aktis worker ${data.number}`,
      env: { ...program.env, ...runtimeEnv.env },
      execArgv: [...program.execArgv, WORKER_CONDITION],
      argv: program.argv,
      ...(runtimeEnv.resourceLimits && { resourceLimits: runtimeEnv.resourceLimits }),
      // What the thread's own streams say: nobody knows which code wrote it.
      onOutput: (stream, line) => {
        const { number: worker, jobId, nodeId, workerId } = data;
        const source = { name: 'worker', jobId, taskId: undefined, actorId: undefined };
        this.#node.state.logs.write(data, stream, source, `${line}\n`);
        this.#node.logs.print({ name: 'worker', worker, ids: { jobId, nodeId, workerId } }, stream, `${line}\n`);
      },
    });
    return { link: host.link, host };
  }
}

/** This process's own script, TypeScript and test runner are nothing to a program that came from elsewhere. */
function startOf({ argv }: Job, { execArgv, env }: WorkerEnvironment): WorkerEnvironment {
  return { entry: undefined, typescript: false, testRunner: false, execArgv, env, argv };
}

function inlineWorker(data: WorkerData): WorkerConnection {
  const [here, there] = inlineLinkPair();
  new WorkerRuntime(data, there).start();
  return { link: here, host: null };
}
