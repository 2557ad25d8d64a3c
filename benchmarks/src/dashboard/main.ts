// What it costs to look inside: the figures that the dashboard is to reach (docs/performance.md).
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { request } from 'node:http';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const { values } = parseArgs({ options: { rounds: { type: 'string', default: '15' } } });
const ROUNDS = Number(values.rounds);
const REQUESTS = 100;

const here = (name: string) => fileURLToPath(new URL(`./${name}.js`, import.meta.url));
const median = (numbers: readonly number[]) => at(numbers, 0.5);
const figure = (number: number, digits = 1) => number.toFixed(digits);

function at(numbers: readonly number[], quantile: number): number {
  const sorted = [...numbers].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * quantile))] as number;
}

function start(name: string, ...args: string[]): ChildProcess {
  // What they print is nobody's business here.
  return fork(here(name), args, { stdio: ['ignore', 'ignore', 'ignore', 'ipc'] });
}

async function told<Answer>(child: ChildProcess): Promise<Answer> {
  const ended = once(child, 'exit').then(([code]) => {
    throw new Error(`${child.spawnargs[1]} ended with ${code}`);
  });
  ended.catch(() => {});
  const [answer] = await Promise.race([once(child, 'message'), ended]);
  return answer as Answer;
}

async function outcome<Answer>(name: string, ...args: string[]): Promise<Answer> {
  const child = start(name, ...args);
  const exit = once(child, 'exit');
  const answer = await told<Answer>(child);
  await exit;
  return answer;
}

async function initCost(directory: string): Promise<void> {
  const times: Record<string, number[]> = { bare: [], dashboard: [], history: [] };
  for (let round = 0; round < ROUNDS; round++) {
    for (const side of Object.keys(times)) times[side]?.push(await outcome<number>('init-side', side, directory));
  }
  const bare = times.bare as number[];
  console.log(`init(): ${figure(median(bare))} ms without dashboard and history (median of ${ROUNDS}, sides in turns)`);
  for (const side of ['dashboard', 'history']) {
    const more = (times[side] as number[]).map((time, i) => time - (bare[i] as number));
    console.log(
      `  with ${side}: + ${figure(median(more))} ms (median of the differences; quartiles ${figure(at(more, 0.25))} to ${figure(at(more, 0.75))})`,
    );
  }
}

type Rates = Readonly<Record<'on' | 'off', number[]>>;

async function throughputCost(directory: string): Promise<void> {
  const { on, off, cpu } = await outcome<Rates & { readonly cpu: Rates }>(
    'throughput-side',
    'recording',
    String(ROUNDS * 4),
  );
  const pairs = (withIt: readonly number[], without: readonly number[]) => {
    const ratios = withIt.map((one, i) => one / (without[i] as number));
    return `${figure(median(ratios), 3)} × (quartiles ${figure(at(ratios, 0.25), 3)} to ${figure(at(ratios, 0.75), 3)})`;
  };
  console.log(
    `Recording: ${figure(median(on) / 1000, 0)} k tasks/s with, ${figure(median(off) / 1000, 0)} k without: ${pairs(on, off)}; ` +
      `CPU time per task ${figure(median(cpu.on), 2)} µs with, ${figure(median(cpu.off), 2)} without: ${pairs(cpu.on, cpu.off)}; ` +
      `medians of ${on.length} pairs in one process`,
  );
  const kept: number[] = [];
  for (let pair = 0; pair < 5; pair++) {
    const rates: number[] = [];
    for (const side of pair % 2 === 0 ? ['history', 'plain'] : ['plain', 'history']) {
      const { on, off } = await outcome<Rates>('throughput-side', side, '25', directory);
      rates[side === 'history' ? 0 : 1] = median([...on, ...off]);
    }
    kept.push((rates[0] as number) / (rates[1] as number));
  }
  console.log(
    `History on disk: ${figure(median(kept), 3)} × (median of ${kept.length} pairs of processes: ${kept.map(one => figure(one, 2)).join(', ')})`,
  );
}

interface Reply {
  readonly status: number;
  readonly bytes: number;
  readonly text: string;
  readonly milliseconds: number;
}

function ask(url: string, headers: Record<string, string> = {}): Promise<Reply> {
  const began = performance.now();
  return new Promise((resolve, reject) => {
    const asking = request(url, { headers: { authorization: 'Bearer secret', ...headers } }, response => {
      const pieces: Buffer[] = [];
      response.on('data', piece => pieces.push(piece));
      response.on('error', reject);
      response.on('end', () => {
        const body = Buffer.concat(pieces);
        const milliseconds = performance.now() - began;
        resolve({ status: response.statusCode ?? 0, bytes: body.length, text: body.toString(), milliseconds });
      });
    });
    asking.on('error', reject).end();
  });
}

const LISTS = [
  'tasks',
  'tasks?offset=50000',
  'tasks?sort=-duration',
  'tasks?filter=state:=:FAILED',
  'tasks?filter=name:contains:add&sort=submittedAt&limit=1000',
  'actors',
  'actors?sort=-pendingCalls&offset=9000',
  'actors?filter=state:=:ALIVE&limit=1000',
  'objects',
  'workers?detail=1',
  'nodes',
  'jobs',
  'summary/tasks',
  'summary/actors',
];

async function large(): Promise<void> {
  const session = start('large-session');
  const url = await told<string>(session);
  const memory = async () => {
    session.send('memory');
    return told<NodeJS.MemoryUsage>(session);
  };
  const before = await memory();
  const first = await firstPage(url);
  console.log(
    `First page: ${figure(first.milliseconds, 0)} ms from the first connection to the last byte, ${figure(first.bytes / 1024, 0)} KiB gzipped ` +
      `(the server is loaded by it)`,
  );
  const again = await firstPage(url);
  console.log(`  again: ${figure(again.milliseconds, 0)} ms`);
  console.log(`Lists with 10,000 actors and 100,000 tasks (${REQUESTS} requests each, one at a time, kinds in turns):`);
  const times = new Map<string, number[]>(LISTS.map(list => [list, []]));
  const nothing: number[] = [];
  for (let i = 0; i < REQUESTS; i++) {
    nothing.push((await ask(`${url}/healthz`)).milliseconds);
    for (const list of LISTS) {
      const { status, milliseconds } = await ask(`${url}/api/v0/${list}`);
      if (status !== 200) throw new Error(`${list} was answered ${status}`);
      times.get(list)?.push(milliseconds);
    }
  }
  for (const [list, all] of times) {
    console.log(
      `  ${list.padEnd(60)} p50 ${figure(median(all)).padStart(6)} ms   p99 ${figure(at(all, 0.99)).padStart(6)} ms`,
    );
  }
  console.log(
    `  ${'(nothing: /healthz, what the machine adds)'.padEnd(60)} p50 ${figure(median(nothing)).padStart(6)} ms   p99 ${figure(at(nothing, 0.99)).padStart(6)} ms`,
  );
  const every = [...times.values()].flat();
  console.log(
    `  all: p50 ${figure(median(every))} ms, p99 ${figure(at(every, 0.99))} ms, longest ${figure(Math.max(...every))} ms`,
  );
  const after = await memory();
  const mib = (bytes: number) => figure(bytes / 2 ** 20, 0);
  console.log(
    `Memory of the session's process, workers and all: ${mib(before.rss)} MiB before anybody looked, ${mib(after.rss)} after; ` +
      `JavaScript heap of its main thread: ${mib(before.heapUsed)} and ${mib(after.heapUsed)}`,
  );
  session.send('end');
  await once(session, 'exit');
}

/** What a browser loads to show the overview. */
async function firstPage(url: string): Promise<{ milliseconds: number; bytes: number }> {
  const began = performance.now();
  const gzip = { 'accept-encoding': 'gzip' };
  const html = (await ask(`${url}/`)).text;
  const assets = [...html.matchAll(/(?:src|href)="\.\/([^"]+)"/g)].map(([, path]) => `${url}/${path}`);
  const replies = await Promise.all([
    ask(`${url}/`, gzip),
    ...assets.map(asset => ask(asset, gzip)),
    ask(`${url}/api/status`),
    ask(`${url}/api/history`),
  ]);
  return {
    milliseconds: performance.now() - began,
    bytes: replies.slice(0, -2).reduce((sum, { bytes }) => sum + bytes, 0),
  };
}

const load = () =>
  loadavg()
    .map(one => one.toFixed(1))
    .join(' ');
const directory = await mkdtemp(join(tmpdir(), 'aktis-bench-'));
try {
  console.log(`Load of the machine before: ${load()}`);
  await initCost(directory);
  await throughputCost(directory);
  await large();
  console.log(`Load of the machine after: ${load()}`);
} finally {
  await rm(directory, { recursive: true, force: true });
}
