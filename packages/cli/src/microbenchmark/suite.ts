import type { Benchmark, Target } from './benchmark.ts';
import { nodeSide } from './node-side.ts';
import type { Side } from './side.ts';

function aktis(module: string, name: string, workers = 1, size?: number): Side {
  return nodeSide({
    role: 'aktis',
    name: 'aktis',
    module: new URL(`./cases/${module}.js`, import.meta.url).href,
    case: name,
    parameters: size === undefined ? { workers } : { workers, size },
  });
}

function raw(name: string, of: string, workers = 1, size?: number): Side {
  return nodeSide({
    role: 'baseline',
    name: `raw ${name}`,
    module: new URL('./raw/raw-cases.js', import.meta.url).href,
    case: of,
    parameters: size === undefined ? { workers } : { workers, size },
  });
}

/** What bare threads reach; these come first in every report. */
export const baselines: readonly Benchmark[] = [
  calls('raw_post_message', [
    raw('one at a time', 'oneAtATime'),
    raw('all at once (10,000)', 'atOnce', 1, 10_000),
    raw('100 in flight', 'inFlight', 1, 100),
    raw('1000 in flight', 'inFlight', 1, 1_000),
    raw('one batch per turn, all at once (10,000)', 'batchAtOnce', 1, 10_000),
    raw('one batch per turn, 100 in flight', 'batchInFlight', 1, 100),
    raw('one batch per turn, 1000 in flight', 'batchInFlight', 1, 1_000),
  ]),
  shorter('raw_worker_start', 'ms', [raw('start to first answer', 'startWorker')]),
  higher('raw_memcpy_800MB', 'GB/s', [
    raw('into new shared memory', 'copyIntoSharedMemory'),
    raw('into shared memory used before', 'copyIntoUsedMemory'),
  ]),
];

const sync = (workers = 1) => raw('postMessage, one at a time', 'oneAtATime', workers);
const atOnce = (workers = 1) => raw('postMessage, 1000 at once', 'atOnce', workers, 1_000);
const batch = (workers = 1) => raw('one batch per turn, 1000 at once', 'batchAtOnce', workers, 1_000);

function tasks(workers: number, suffix: string): Benchmark[] {
  return [
    calls(
      `single_client_tasks_sync${suffix}`,
      [aktis('tasks', 'single_client_tasks_sync', workers), sync(workers)],
      [atLeast(0.7, 'baseline'), atLeast(1, 'peer'), atLeast(20, 'ray')],
    ),
    calls(
      `single_client_tasks_async${suffix}`,
      [aktis('tasks', 'single_client_tasks_async', workers), atOnce(workers), batch(workers)],
      [atLeast(3, 'peer'), atLeast(100, 'ray')],
    ),
    calls(`tasks_100_in_flight${suffix}`, [
      aktis('tasks', 'tasks_100_in_flight', workers),
      raw('postMessage, 100 in flight', 'inFlight', workers, 100),
    ]),
  ];
}

/** Aktis beside the raw baseline, under Ray's names. Peers and Ray itself join in `benchmarks/`. */
export const suite: readonly Benchmark[] = [
  ...tasks(1, ''),
  ...tasks(2, '_2_workers'),
  higher('single_client_tasks_and_get_batch', 'batches/s', [aktis('tasks', 'single_client_tasks_and_get_batch')]),
  calls('multi_client_tasks_async', [aktis('tasks', 'multi_client_tasks_async', 2), atOnce()], [atLeast(20, 'ray')]),
  higher('single_client_wait_1k_refs', 'runs/s', [aktis('tasks', 'single_client_wait_1k_refs')], [atLeast(5, 'ray')]),
  higher('single_client_get_object_containing_10k_refs', 'gets/s', [
    aktis('tasks', 'single_client_get_object_containing_10k_refs'),
  ]),

  actorCalls('1_1_actor_calls_sync', [sync()], [atLeast(0.7, 'baseline'), atLeast(10, 'ray')]),
  actorCalls('1_1_actor_calls_async', [atOnce(), batch()], [atLeast(4, 'peer'), atLeast(50, 'ray')]),
  actorCalls(
    '1_1_actor_calls_concurrent',
    [{ ...aktis('actors', '1_1_actor_calls_async'), role: 'baseline', name: 'aktis, one call at a time' }],
    [atLeast(0.8, 'baseline'), atLeast(50, 'ray')],
  ),
  actorCalls('1_1_async_actor_calls_sync', [sync()], [atLeast(10, 'ray')]),
  actorCalls('1_1_async_actor_calls_async', [atOnce()], [atLeast(50, 'ray')]),
  actorCalls('1_n_actor_calls_async', [atOnce()], [atLeast(20, 'ray')]),
  actorCalls('1_n_async_actor_calls_async', [atOnce()], [atLeast(20, 'ray')]),
  actorCalls('n_n_actor_calls_async', [atOnce()], [atLeast(20, 'ray')]),
  actorCalls('n_n_async_actor_calls_async', [atOnce()], [atLeast(20, 'ray')]),
  actorCalls('n_n_actor_calls_with_arg_async', [atOnce()], [atLeast(20, 'ray')]),

  calls('single_client_put_calls', [aktis('objects', 'single_client_put_calls')], [atLeast(50, 'ray')]),
  calls('single_client_get_calls', [aktis('objects', 'single_client_get_calls')], [atLeast(20, 'ray')]),
  calls('multi_client_put_calls', [aktis('objects', 'multi_client_put_calls', 2)]),
  higher(
    'single_client_put_gigabytes',
    'GB/s',
    [aktis('objects', 'single_client_put_gigabytes'), raw('memcpy into new shared memory', 'copyIntoSharedMemory')],
    [atLeast(1 / 1.2, 'baseline'), atLeast(1, 'ray')],
  ),
  shorter(
    'get_800MB_in_worker',
    'µs',
    [
      aktis('objects', 'get_array_in_worker', 1, 800),
      { ...aktis('objects', 'get_array_in_worker', 1, 1), role: 'baseline', name: 'aktis, 1 MB' },
    ],
    [atMost(2, 'baseline')],
  ),
  shorter(
    'pass_100MB_to_8_tasks',
    'ms',
    [aktis('objects', 'pass_100MB_to_tasks', 1, 8), raw('one memcpy, 8 messages', 'shareArray', 1, 8)],
    [atMost(1.5, 'baseline')],
  ),
  calls(
    'argument_of_1000_objects',
    [aktis('tasks', 'argument_of_1000_objects'), raw('postMessage', 'smallObjects')],
    [atLeast(1, 'peer')],
  ),
  higher('placement_group_create/removal', 'groups/s', [aktis('tasks', 'placement_group_create/removal')]),

  shorter(
    'actor_creation_own_thread',
    'ms',
    [aktis('creation', 'actor_creation_own_thread'), raw('worker start', 'startWorker')],
    [atMost(1.2, 'baseline')],
  ),
  shorter(
    'actor_creation_own_thread_after_rest',
    'ms',
    [aktis('creation', 'actor_creation_own_thread_after_rest'), raw('worker start', 'startWorker')],
    [atMost(1.2, 'baseline')],
  ),
  shorter('actor_creation_own_thread_ten', 'ms', [
    aktis('creation', 'actor_creation_own_thread_ten'),
    raw('ten worker starts', 'startTenWorkers'),
  ]),
  higher(
    'actor_creation_shared_thread',
    'actors/s',
    [aktis('creation', 'actor_creation_shared_thread')],
    [atLeast(50_000, 'itself')],
  ),
  {
    ...shorter(
      'init_to_first_result',
      'ms',
      [aktis('startup', 'init_to_first_result'), raw('worker start', 'startOneWorker')],
      [atMost(150, 'itself'), atMost(1 / 20, 'ray')],
    ),
    isFresh: true,
  },
];

function actorCalls(name: string, others: readonly Side[], targets?: readonly Target[]): Benchmark {
  return calls(name, [aktis('actors', name, 2), ...others], targets);
}

function calls(name: string, sides: readonly Side[], targets?: readonly Target[]): Benchmark {
  return higher(name, 'calls/s', sides, targets);
}

function higher(name: string, unit: string, sides: readonly Side[], targets: readonly Target[] = []): Benchmark {
  return { name, unit, better: 'higher', sides, targets };
}

function shorter(name: string, unit: string, sides: readonly Side[], targets: readonly Target[] = []): Benchmark {
  return { name, unit, better: 'lower', sides, targets };
}

function atLeast(ratio: number, against: Target['against']): Target {
  return { against, atLeast: ratio };
}

function atMost(ratio: number, against: Target['against']): Target {
  return { against, atMost: ratio };
}
