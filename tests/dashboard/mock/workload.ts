import type {
  ActorInfo,
  ErrorInfo,
  ErrorNote,
  JobInfo,
  LogLine,
  MetricDescription,
  NodeStateInfo,
  ObjectInfo,
  ObjectReferenceKind,
  PendingDemand,
  PlacementGroupInfo,
  TaskInfo,
  WorkerInfo,
} from '../../../packages/dashboard/src/api-types.ts';
import { randomFrom } from './random.ts';

export interface Workload {
  readonly nodes: NodeStateInfo[];
  readonly workers: WorkerInfo[];
  readonly tasks: TaskInfo[];
  readonly actors: ActorInfo[];
  readonly objects: ObjectInfo[];
  readonly jobs: JobInfo[];
  readonly groups: PlacementGroupInfo[];
  readonly pending: PendingDemand[];
  readonly errors: ErrorNote[];
  readonly lines: LogLine[];
  readonly metrics: MetricDescription[];
}

const NODE_NAMES = ['atlas', 'boreas', 'ceres', 'doris'];
const CPUS = 8;
const MINUTE = 60_000;

/** Functions and how long they take, ms. */
const FUNCTIONS: readonly (readonly [string, number])[] = [
  ['decodeImage', 14],
  ['resize', 31],
  ['featurize', 118],
  ['loadShard', 420],
  ['evaluate', 760],
  ['mergeGradients', 9],
];

const CLASSES = ['Simulator', 'ReplayBuffer', 'ParameterServer', 'Tokenizer', 'Cache'];

const FAILURES: readonly ErrorInfo[] = [
  {
    type: 'TypeError',
    message: "Cannot read properties of undefined (reading 'width')",
    stack: [
      "TypeError: Cannot read properties of undefined (reading 'width')",
      '    at decodeImage (/home/ada/vision/src/decode.ts:41:23)',
      '    at readShard (/home/ada/vision/src/shards.ts:88:12)',
      '    at runTask (/home/ada/vision/node_modules/@aktis/core/bundle/worker-modules.js:1204:19)',
      '    at process.processTicksAndRejections (node:internal/process/task_queues:95:5)',
    ].join('\n'),
  },
  {
    type: 'WorkerDiedError',
    message:
      'Worker 7 of node ceres ran out of memory: its heap reached 512 MB (resourceLimits.maxOldGenerationSizeMb). Give the task more, or less to do at once.',
  },
  { type: 'TaskTimeoutError', message: 'featurize took longer than its time limit of 5 s' },
];

/** What a busy cluster has to show: always the same for the same `now`. */
export function makeWorkload(now: number, sizes: { tasks: number; actors: number }): Workload {
  const random = randomFrom(7);
  const id = (length = 24) => Array.from({ length }, () => Math.floor(random() * 16).toString(16)).join('');
  const pick = <T>(list: readonly T[]) => list[Math.floor(random() * list.length)] as T;
  const iso = (time: number) => new Date(time).toISOString();
  const began = now - 47 * MINUTE;
  const jobId = id(16);

  const nodes = NODE_NAMES.map((name, index): NodeStateInfo => {
    const free = index === 3 ? 5 : index === 2 ? 0.5 : 0;
    return {
      nodeId: id(),
      name,
      kind: 'node',
      pid: 4100 + index * 7,
      host: `10.0.0.${11 + index}`,
      address: `10.0.0.${11 + index}:6380`,
      state: 'ALIVE',
      isHead: index === 0,
      resources: {
        total: { CPU: CPUS, memory: 16e9, ...(index < 2 ? { GPU: 1 } : {}) },
        available: { CPU: free, memory: 9e9, ...(index < 2 ? { GPU: 0 } : {}) },
      },
      labels: { zone: index < 2 ? 'a' : 'b' },
      startedAt: iso(began + index * 4000),
      usage: {
        cpuPercent: (CPUS - free) * 100 * (0.86 + random() * 0.1),
        memoryBytes: 2.1e9 + random() * 3e9,
        machineMemoryBytes: 16e9,
        machineMemoryFreeBytes: 6e9 + random() * 2e9,
        loadAverage: CPUS - free + random(),
        heapUsedBytes: 140e6 + random() * 90e6,
        heapLimitBytes: 4.3e9,
        eventLoopUtilization: 0.2 + random() * 0.3,
        eventLoopDelay: 1.2 + random() * 9,
        objectStore: {
          usedBytes: 0.5e9 + random() * 0.8e9,
          limitBytes: 2e9,
          spilledBytes: index === 2 ? 410e6 : 0,
          objects: 900,
        },
        workers: 12,
        actors: Math.round(sizes.actors / 4),
        tasks: { pendingArgs: 12, pendingAssignment: 160, submitted: 32, running: 7, finished: 24_000, failed: 31 },
      },
    };
  });

  const workers = nodes.flatMap(({ nodeId, pid }, index) =>
    Array.from({ length: 12 }, (_, at): WorkerInfo => {
      const isDead = index === 2 && at === 6;
      return {
        workerId: id(),
        number: at + 1,
        nodeId,
        pid,
        kind: at < 8 ? 'TASK' : at < 11 ? 'ACTOR' : 'IDLE',
        state: isDead ? 'DEAD' : 'ALIVE',
        running: isDead ? 0 : at < 8 ? 1 : 0,
        actors: at >= 8 && at < 11 ? Math.round(sizes.actors / 12) : 0,
        heapUsedBytes: 24e6 + random() * 300e6,
        heapLimitBytes: 512e6,
        eventLoopUtilization: at < 8 ? 0.8 + random() * 0.2 : random() * 0.3,
        responsive: !(index === 1 && at === 2),
        startedAt: iso(began + 60_000 + at * 900),
        ...(isDead ? { endedAt: iso(now - 3 * MINUTE), exitReason: 'Ran out of memory: its heap reached 512 MB' } : {}),
      };
    }),
  );
  const living = workers.filter(({ state }) => state === 'ALIVE');

  const actors = Array.from({ length: sizes.actors }, (_, index): ActorInfo => {
    const className = CLASSES[index % 40 === 0 ? 2 : index % 3 === 0 ? 1 : index % 5 === 0 ? 3 : 0] as string;
    const worker = pick(living);
    const isDead = random() < 0.01;
    const isSlow = index === 40;
    return {
      actorId: id(),
      className,
      ...(index % 40 === 0 ? { name: `shard-${index / 40}` } : {}),
      namespace: 'vision',
      state: isDead ? 'DEAD' : random() < 0.003 ? 'RESTARTING' : 'ALIVE',
      jobId,
      nodeId: worker.nodeId,
      workerId: worker.workerId,
      pid: worker.pid,
      detached: index % 40 === 0,
      restarts: random() < 0.02 ? 1 + Math.floor(random() * 3) : 0,
      pendingCalls: isSlow ? 4182 : isDead ? 0 : Math.floor(random() ** 6 * 60),
      callsDone: Math.floor(random() * 9000),
      callsPerSecond: isDead ? 0 : isSlow ? 1.4 : random() * 60,
      meanCallDuration: isSlow ? 702 : 0.3 + random() * 22,
      createdAt: iso(began + 2 * MINUTE + index * 30),
      ...(isDead
        ? {
            endedAt: iso(now - random() * 20 * MINUTE),
            deathCause: { type: 'ActorDiedError', message: 'The last handle of it went' },
          }
        : {}),
      requiredResources: className === 'ParameterServer' ? { CPU: 1 } : {},
      restartsLeft: 2,
      maxConcurrency: 1,
    };
  });

  const epochs = Array.from({ length: 20 }, () => id());
  const tasks = Array.from({ length: sizes.tasks }, (_, index): TaskInfo => {
    const isEpoch = index < epochs.length;
    const [name, mean] = isEpoch ? (['trainEpoch', 118_000] as const) : pick(FUNCTIONS);
    // The youngest come last; 1 % of them have not ended.
    const place = index / sizes.tasks;
    const submitted = isEpoch ? began + index * 2 * MINUTE : began + 90_000 + place * 44 * MINUTE;
    const isOpen = isEpoch ? index === epochs.length - 1 : place > 0.99;
    const fate = random();
    const state = !isOpen
      ? fate < 0.004
        ? 'FAILED'
        : 'FINISHED'
      : isEpoch || fate < 0.06
        ? 'RUNNING'
        : fate < 0.3
          ? 'SUBMITTED_TO_WORKER'
          : fate < 0.9
            ? 'PENDING_NODE_ASSIGNMENT'
            : 'PENDING_ARGS_AVAIL';
    const isPush = name === 'mergeGradients' && index % 4 === 0 && actors.length > 40;
    const worker = pick(living);
    const argsReady = submitted + random() * 40;
    const started = argsReady + random() * 300;
    const took = mean * (0.4 + random() * 1.2) * (random() < 0.003 ? 12 : 1);
    const hasStarted = state === 'RUNNING' || !isOpen;
    return {
      taskId: isEpoch ? (epochs[index] as string) : id(),
      attempt: random() < 0.002 ? 1 : 0,
      name: isPush ? 'ParameterServer.push' : name,
      functionName: isPush ? 'push' : name,
      type: isPush ? 'ACTOR_TASK' : 'NORMAL_TASK',
      ...(isPush ? { actorId: actors[40]?.actorId as string } : {}),
      state,
      jobId,
      ...(hasStarted || state === 'SUBMITTED_TO_WORKER' ? { nodeId: worker.nodeId, workerId: worker.workerId } : {}),
      ...(isEpoch ? {} : { parentTaskId: epochs[Math.floor(place * epochs.length)] as string }),
      submittedAt: iso(submitted),
      ...(hasStarted ? { startedAt: iso(started), duration: isOpen ? now - started : took } : {}),
      ...(isOpen ? {} : { endedAt: iso(started + took) }),
      ...(state === 'FAILED' ? { error: pick(FAILURES) } : {}),
      requiredResources: name === 'evaluate' ? { CPU: 1, GPU: 1 } : { CPU: 1 },
      argsReadyAt: iso(argsReady),
      argumentBytes: Math.round(200 + random() * 80_000),
      ...(state === 'PENDING_NODE_ASSIGNMENT'
        ? { reason: `${name} is queued: it needs CPU: 1, and all 8 CPUs of each node are in use` }
        : {}),
    };
  });

  const kinds: readonly ObjectReferenceKind[] = ['DRIVER', 'WORKER', 'TASK_ARGUMENT', 'OBJECT'];
  const objects = Array.from({ length: 4000 }, (_, index): ObjectInfo => {
    const isPut = index % 7 === 0;
    const maker = pick(tasks);
    const kind = index === 0 ? 'DRIVER' : pick(kinds);
    const isSpilled = index % 11 === 3;
    return {
      objectId: id(),
      sizeBytes: index === 0 ? 512e6 : Math.round(1024 + random() ** 40 * 90e6),
      location: isSpilled ? 'SPILLED' : 'MEMORY',
      kind: isPut ? 'PUT' : 'RETURN',
      referencedBy: [kind],
      nodeId: pick(nodes).nodeId,
      ...(isPut ? {} : { taskId: maker.taskId }),
      creator: isPut ? 'put' : maker.name,
      createdAt: iso(now - random() * 40 * MINUTE),
      references: { [kind]: 1 + Math.floor(random() * 3) },
      ...(kind === 'WORKER' ? { workerIds: [pick(living).workerId] } : {}),
      ...(index === 0 ? { callSite: '    at main (/home/ada/vision/src/train.ts:27:24)' } : {}),
    };
  });

  const job = (index: number, change: Partial<JobInfo>): JobInfo => ({
    jobId: index === 0 ? jobId : id(16),
    type: 'SUBMISSION',
    state: 'SUCCEEDED',
    entrypoint: 'node src/train.ts --epochs 20',
    namespace: 'vision',
    driverNodeId: nodes[0]?.nodeId as string,
    driverPid: 5200 + index,
    startedAt: iso(began - index * 55 * MINUTE),
    ...(index === 0 ? {} : { endedAt: iso(began - index * 55 * MINUTE + 31 * MINUTE) }),
    ...change,
  });
  const jobs = [
    job(0, { state: 'RUNNING' }),
    job(1, { state: 'FAILED', message: 'The driver ended with exit code 1: Error: no shards in s3://vision/train' }),
    job(2, {}),
    job(3, { entrypoint: 'node src/prepare.ts', state: 'STOPPED', message: 'Stopped by ada' }),
    job(4, { entrypoint: 'node src/prepare.ts' }),
  ];

  const group = (name: string, change: Partial<PlacementGroupInfo>): PlacementGroupInfo => ({
    placementGroupId: id(),
    name,
    state: 'CREATED',
    strategy: 'SPREAD',
    bundles: nodes.map(({ nodeId }) => ({ resources: { CPU: 1 }, nodeId })),
    jobId,
    createdAt: iso(began + 90_000),
    ...change,
  });
  const groups = [
    group('parameter servers', {}),
    group('evaluation', {
      strategy: 'STRICT_PACK',
      state: 'PENDING',
      bundles: [{ resources: { CPU: 2, GPU: 1 } }, { resources: { CPU: 2, GPU: 1 } }],
      reason: 'No single node has CPU: 4 and GPU: 2; the most any has is GPU: 1 (STRICT_PACK wants all on one node).',
    }),
    group('simulators', { strategy: 'PACK', bundles: [{ resources: { CPU: 4 }, nodeId: nodes[2]?.nodeId as string }] }),
  ];

  const pending: PendingDemand[] = [
    { shape: { CPU: 1 }, count: 596, reason: 'All 32 CPUs are in use; the next is free when one of 27 tasks ends.' },
    {
      shape: { CPU: 4, GPU: 2 },
      count: 3,
      reason: 'No node has GPU: 2; the most any has is GPU: 1. Ask for less, or start a node with --num-gpus 2.',
    },
  ];

  const failed = tasks.filter(({ state }) => state === 'FAILED').slice(-12);
  const errors = failed
    .map(
      (task, index): ErrorNote => ({
        at: task.endedAt as string,
        error: task.error as ErrorInfo,
        name: task.name,
        taskId: task.taskId,
        count: index % 3 === 0 ? 14 : 1,
      }),
    )
    .reverse();

  const texts = [
    'epoch 19: loss 0.2184, 1,204 images/s',
    'shard 0417 read in 388 ms',
    'cache: 91.2 % hits',
    'warning: image 88213 has no EXIF data, assuming upright',
    'checkpoint written to /data/checkpoints/0019.bin (412 MB)',
  ];
  const talkative = (failed.findLast(({ error }) => error?.stack !== undefined) ?? tasks[0]) as TaskInfo;
  const lines = Array.from({ length: 3000 }, (_, number): LogLine => {
    const worker = pick(living);
    const task = number % 20 === 0 ? talkative : (tasks[tasks.length - 1 - (number % 900)] as TaskInfo);
    const actor = actors[number % Math.max(1, actors.length)];
    const isActor = number % 3 === 0 && number % 20 !== 0 && actor !== undefined;
    const which = Math.floor(random() * texts.length);
    return {
      number,
      at: iso(now - (3000 - number) * 70),
      stream: which === 3 ? 'stderr' : 'stdout',
      text: texts[which] as string,
      nodeId: worker.nodeId,
      workerId: worker.workerId,
      ...(isActor ? { actorId: actor.actorId } : { taskId: task.taskId }),
      name: isActor ? actor.className : task.name,
    };
  });

  const metric = (
    name: string,
    kind: MetricDescription['kind'],
    source: MetricDescription['source'],
    description: string,
    tagKeys: string[] = [],
  ): MetricDescription => ({ name, kind, source, description, tagKeys });
  const metrics = [
    metric('images_decoded', 'counter', 'user', 'Images decoded', ['format']),
    metric('train_loss', 'gauge', 'user', 'Loss of the last batch'),
    metric('request_seconds', 'histogram', 'user', 'Time to answer'),
    metric('aktis_tasks_finished_total', 'counter', 'core', 'Tasks that finished'),
    metric('aktis_object_store_used_bytes', 'gauge', 'core', 'Bytes of objects in memory'),
    metric('aktis_workers', 'gauge', 'core', 'Living workers'),
    metric('aktis_scheduler_queue', 'gauge', 'core', 'Tasks that wait for resources'),
  ];

  return { nodes, workers, tasks, actors, objects, jobs, groups, pending, errors, lines, metrics };
}

/** A session in which nothing has happened. */
export function emptyWorkload(now: number): Workload {
  const { nodes, metrics } = makeWorkload(now, { tasks: 1000, actors: 0 });
  const node = { ...(nodes[0] as NodeStateInfo), resources: { total: { CPU: 8 }, available: { CPU: 8 } } };
  return {
    nodes: [node],
    metrics: metrics.filter(({ source }) => source === 'core'),
    workers: [],
    tasks: [],
    actors: [],
    objects: [],
    jobs: [],
    groups: [],
    pending: [],
    errors: [],
    lines: [],
  };
}
