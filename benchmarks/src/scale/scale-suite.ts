import { type Benchmark, nodeSide, type Side } from '@aktis/cli/microbenchmark';

const LONG = 900_000;

function aktis(name: string, size: number, workers = 1): Side {
  const module = new URL('./scale-cases.js', import.meta.url).href;
  return nodeSide({
    role: 'aktis',
    name: `aktis, ${size.toLocaleString('en-US')}`,
    module,
    case: name,
    parameters: { workers, size },
  });
}

/** The same in small, to see how cost grows. */
function small(name: string, size: number): Side {
  return { ...aktis(name, size), role: 'baseline' };
}

function linear(name: string, unit: string, of: string, size: number): Benchmark {
  return {
    name,
    unit,
    better: 'lower',
    sides: [aktis(of, size), small(of, size / 10)],
    targets: [
      { against: 'baseline', atMost: 2 },
      { against: 'ray', atMost: 1 / 5 },
    ],
  };
}

export const scaleSuite: readonly Benchmark[] = [
  linear('arguments_10k_refs', 'µs/ref', 'refs_as_arguments', 10_000),
  linear('returns_3k', 'µs/return', 'many_returns', 3_000),
  linear('get_10k_refs', 'µs/ref', 'get_many_refs', 10_000),
  linear('wait_1k_refs_one_by_one', 'µs/ref', 'wait_one_by_one', 1_000),
  {
    name: 'queued_tasks_1M',
    unit: 'calls/s',
    better: 'higher',
    sides: [aktis('queued_tasks', 1_000_000), small('queued_tasks', 10_000)],
    targets: [
      { against: 'baseline', atLeast: 0.5 },
      { against: 'itself', figure: 'peak RSS MB', atMost: 2_000 },
    ],
    isFresh: true,
    maxRounds: 5,
    limit: LONG,
  },
  {
    name: 'live_actors_100k',
    unit: 'actors/s',
    better: 'higher',
    sides: [aktis('live_actors', 100_000), small('live_actors', 10_000)],
    targets: [
      { against: 'itself', atLeast: 50_000 },
      { against: 'itself', figure: 'RSS MB', atMost: 1_000 },
    ],
    isFresh: true,
    maxRounds: 3,
    limit: 180_000,
  },
  {
    name: 'leak_10M_calls',
    unit: 'MB heap/M calls',
    better: 'lower',
    sides: [aktis('leak', 10_000_000)],
    targets: [
      { against: 'itself', atMost: 0.2 },
      { against: 'itself', figure: 'worker heap MB per million calls', atMost: 0.2 },
      { against: 'itself', figure: 'RSS growth MB', atMost: 64 },
    ],
    isFresh: true,
    maxRounds: 1,
    limit: LONG,
  },
  {
    name: 'idle_session_memory',
    unit: 'MB',
    better: 'lower',
    sides: [
      { ...aktis('idle_session', 1, 2), name: 'aktis, 2 workers' },
      nodeSide({
        role: 'baseline',
        name: 'bare Node, 2 workers',
        module: new URL('./bare-node.js', import.meta.url).href,
        case: 'idle',
        parameters: { workers: 2 },
      }),
    ],
    targets: [{ against: 'baseline', isDifference: true, atMost: 20 }],
    isFresh: true,
  },
];
