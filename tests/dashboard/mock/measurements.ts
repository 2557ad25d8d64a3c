import type {
  CpuProfile,
  History,
  NodeStateInfo,
  Series,
  Timeline,
} from '../../../packages/dashboard/src/api-types.ts';
import { randomFrom } from './random.ts';
import type { Workload } from './workload.ts';

/** A value that goes up and down, the same at the same time whoever asks. */
function wave(time: number, seed: number, low: number, high: number): number {
  const t = time / 1000;
  const swing =
    Math.sin(t / 37 + seed * 2.1) * 0.5 + Math.sin(t / 11 + seed * 5.3) * 0.22 + Math.sin(t / 3.1 + seed) * 0.09;
  const noise = randomFrom(Math.floor(t) * 31 + seed)() - 0.5;
  return low + (high - low) * Math.min(1, Math.max(0, 0.5 + swing * 0.5 + noise * 0.16));
}

export function historyOf(nodes: readonly NodeStateInfo[], since: number, resolution: number, now: number): History {
  const times = timesOf(since, resolution, now);
  const series = (name: string, labels: Record<string, string>, seed: number, low: number, high: number): Series => ({
    name,
    labels,
    values: times.map(time => wave(time, seed, low, high)),
  });
  return {
    times,
    series: [
      ...nodes.flatMap(({ nodeId, resources }, index) => {
        const cores = resources.total.CPU ?? 0;
        const [low, high] = index === 3 ? [40, 360] : [cores * 55, cores * 99];
        return [
          series('node_cpu_percent', { nodeId }, index, low, high),
          series('node_memory_bytes', { nodeId }, index + 10, 1.4e9 + index * 0.6e9, 2.1e9 + index * 0.9e9),
          series('node_event_loop_delay_ms', { nodeId }, index + 20, 0.6, 12),
        ];
      }),
      series('tasks', { state: 'RUNNING' }, 31, 44, 66),
      series('tasks', { state: 'SUBMITTED_TO_WORKER' }, 32, 40, 90),
      series('tasks', { state: 'PENDING_NODE_ASSIGNMENT' }, 33, 90, 640),
      series('tasks', { state: 'PENDING_ARGS_AVAIL' }, 34, 10, 110),
      series('tasks_finished_per_second', {}, 35, 180, 420),
      series('tasks_failed_per_second', {}, 36, 0, 3),
      series('store_bytes', {}, 37, 2e9, 3.4e9),
    ],
  };
}

export function metricHistory(name: string, since: number, resolution: number, now: number): History {
  const times = timesOf(since, resolution, now);
  const values = (seed: number, low: number, high: number) => times.map(time => wave(time, seed, low, high));
  if (name === 'request_seconds') {
    return {
      times,
      series: ['0.5', '0.95', '0.99'].map((quantile, index) => ({
        name,
        labels: { quantile },
        values: values(index, 0.02 * (1 + index * 3), 0.05 * (1 + index * 4)),
      })),
    };
  }
  if (/total|decoded/.test(name)) {
    return {
      times,
      series: [{ name, labels: {}, values: times.map(time => Math.floor(time / 4 + wave(time, 3, 0, 900))) }],
    };
  }
  const top = name.includes('bytes') ? 3e9 : name === 'train_loss' ? 0.6 : 64;
  return { times, series: [{ name, labels: {}, values: values(name.length, top / 3, top) }] };
}

function timesOf(since: number, resolution: number, now: number): number[] {
  const times: number[] = [];
  for (let time = Math.ceil(since / resolution) * resolution; time <= now; time += resolution) times.push(time);
  return times;
}

/** Of the tasks that have ended. */
export function timelineOf({ tasks, workers, nodes }: Workload): Timeline {
  const lanes = new Map(workers.map(({ workerId, number, pid }) => [workerId, { pid, tid: number }]));
  const names = new Map(nodes.map(({ nodeId, name }) => [nodeId, name]));
  const traceEvents: Timeline['traceEvents'][number][] = workers.map(({ pid, number, nodeId }) => ({
    name: 'thread_name',
    cat: '',
    ph: 'M',
    ts: 0,
    pid,
    tid: number,
    args: { name: `${names.get(nodeId)} worker ${number}` },
  }));
  for (const { name, taskId, workerId, startedAt, duration, endedAt, state } of tasks) {
    if (endedAt === undefined || startedAt === undefined || name === 'trainEpoch') continue;
    traceEvents.push({
      name,
      cat: 'task',
      ph: 'X',
      ts: Date.parse(startedAt) * 1000,
      dur: (duration ?? 0) * 1000,
      ...(lanes.get(workerId ?? '') ?? { pid: 0, tid: 0 }),
      args: { taskId, failed: state === 'FAILED' },
    });
  }
  return { traceEvents, dropped: 0 };
}

/** As if a worker had decoded images. */
export function profileOf(ms: number): CpuProfile {
  const nodes: { id: number; callFrame: CpuProfile['nodes'][number]['callFrame']; children: number[] }[] = [];
  const add = (parent: number | undefined, functionName: string, url = '', line = -1): number => {
    const id = nodes.length + 1;
    nodes.push({
      id,
      callFrame: { functionName, scriptId: '1', url, lineNumber: line, columnNumber: 0 },
      children: [],
    });
    if (parent !== undefined) nodes[parent - 1]?.children.push(id);
    return id;
  };
  const ours = 'file:///home/ada/vision/src/';
  const root = add(undefined, '(root)');
  const idle = add(root, '(idle)');
  const garbage = add(root, '(garbage collector)');
  const run = add(root, 'processTicksAndRejections', 'node:internal/process/task_queues', 71);
  const task = add(run, 'runTask', 'file:///home/ada/vision/node_modules/@aktis/core/bundle/worker-modules.js', 1203);
  const decode = add(task, 'decodeImage', `${ours}decode.ts`, 30);
  const huffman = add(decode, 'decodeHuffman', `${ours}decode.ts`, 88);
  const bits = add(huffman, 'readBits', `${ours}bits.ts`, 11);
  const transform = add(decode, 'inverseTransform', `${ours}dct.ts`, 4);
  const row = add(transform, 'transformRow', `${ours}dct.ts`, 40);
  const colour = add(decode, 'toRgb', `${ours}colour.ts`, 8);
  const resize = add(task, 'resize', `${ours}resize.ts`, 19);
  const sample = add(resize, 'sampleBicubic', `${ours}resize.ts`, 61);
  const encode = add(task, 'encodeValue', 'file:///home/ada/vision/node_modules/@aktis/transport/bundle/index.js', 402);
  const stringify = add(encode, 'copy', 'node:buffer', 231);
  const weights: readonly (readonly [number, number])[] = [
    [idle, 9],
    [garbage, 3],
    [task, 1],
    [decode, 4],
    [huffman, 13],
    [bits, 21],
    [transform, 5],
    [row, 14],
    [colour, 8],
    [resize, 3],
    [sample, 13],
    [encode, 2],
    [stringify, 4],
  ];
  const samples = weights.flatMap(([id, weight]) => Array.from({ length: weight * 10 }, () => id));
  const delta = (ms * 1000) / (samples.length - 1);
  return { nodes, startTime: 0, endTime: ms * 1000, samples, timeDeltas: [0, ...samples.slice(1).map(() => delta)] };
}
