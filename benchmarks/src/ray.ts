import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import {
  ABSENT,
  type Benchmark,
  type Contestant,
  type Reading,
  type Side,
  SideFailure,
} from '@aktis/cli/microbenchmark';

const script = fileURLToPath(new URL('../ray/bench.py', import.meta.url));

/** What `bench.py` writes for each line it reads. */
type Answer = { readonly reading?: Reading; readonly failure?: string };

/** How benchmarks run in Ray that are given more than one CPU, or a size. */
const parameters: Readonly<
  Record<string, { readonly case?: string; readonly workers?: number; readonly size?: number }>
> = {
  single_client_tasks_sync_2_workers: { case: 'single_client_tasks_sync', workers: 2 },
  single_client_tasks_async_2_workers: { case: 'single_client_tasks_async', workers: 2 },
  multi_client_tasks_async: { workers: 2 },
  queued_tasks_1M: { size: 1_000_000 },
};

/** The python that has Ray, and the cases its script knows; undefined where there is none. */
export function findRay(): { readonly python: string; readonly cases: ReadonlySet<string> } | undefined {
  const python = process.env.AKTIS_RAY_PYTHON ?? 'python3';
  if (spawnSync(python, ['-c', 'import ray; ray.init'], { stdio: 'ignore' }).status !== 0) return undefined;
  const { stdout } = spawnSync(python, [script, '--list'], { encoding: 'utf8' });
  return { python, cases: new Set(stdout.split('\n').filter(line => line !== '')) };
}

/** The benchmark with Ray beside Aktis, or with a line that says it is absent. */
export function withRay(benchmark: Benchmark, ray: ReturnType<typeof findRay>): Benchmark {
  const { case: name = benchmark.name, workers = 1, size } = parameters[benchmark.name] ?? {};
  if (ray !== undefined && !ray.cases.has(name)) return benchmark;
  const isCompared = benchmark.targets?.some(({ against }) => against === 'ray') === true;
  if (ray === undefined && !isCompared) return benchmark;
  const side: Side = {
    name: 'ray',
    role: 'ray',
    start: async ({ limit }) => {
      if (ray === undefined) throw new SideFailure(ABSENT);
      const contestant = new RayProcess(ray.python, [name, `${workers}`, `${size ?? 0}`], limit);
      await contestant.ready();
      return contestant;
    },
  };
  return { ...benchmark, sides: [...benchmark.sides, side] };
}

class RayProcess implements Contestant {
  readonly #child: ChildProcess;
  readonly #limit: number;
  readonly #exited: Promise<unknown>;
  readonly #answers: AsyncIterator<string>;
  #lastWords = '';

  constructor(python: string, args: readonly string[], limit: number) {
    const child = spawn(python, [script, ...args], { stdio: 'pipe' });
    this.#child = child;
    this.#limit = limit;
    this.#exited = once(child, 'exit');
    this.#answers = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
    child.stderr.on('data', (text: Buffer) => {
      this.#lastWords = `${this.#lastWords}${text}`.slice(-2_000);
    });
  }

  async ready(): Promise<void> {
    await this.#answer();
  }

  async round(milliseconds: number): Promise<Reading> {
    this.#child.stdin?.write(`${milliseconds}\n`);
    const { reading } = await this.#answer();
    if (reading === undefined) throw new SideFailure('measured nothing');
    return reading;
  }

  async end(): Promise<void> {
    this.#child.stdin?.end();
    const force = setTimeout(() => this.#child.kill('SIGKILL'), 10_000);
    if (this.#child.exitCode === null && this.#child.signalCode === null) await this.#exited;
    clearTimeout(force);
  }

  async #answer(): Promise<Answer> {
    const timer = setTimeout(() => this.#child.kill('SIGKILL'), this.#limit);
    try {
      const { value, done } = await this.#answers.next();
      if (done === true) throw new SideFailure(`its process ended: ${this.#lastWords.trim()}`);
      const answer = JSON.parse(value) as Answer;
      if (answer.failure !== undefined) throw new SideFailure(answer.failure);
      return answer;
    } finally {
      clearTimeout(timer);
    }
  }
}
