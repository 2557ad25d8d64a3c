import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  availableResources,
  explain,
  listActors,
  listPlacementGroups,
  listTasks,
  listWorkers,
  nodes,
  type ObjectRef,
} from 'aktis';
import { Cluster } from 'aktis/testing';
import { Disturbances, nodeOptions, timing } from './disturbances.ts';
import { type Run, workloads } from './workloads.ts';

/** How long what is under way may take to come to an end when nothing dies any more. */
const SETTLE_MS = 60_000;

/** In so many seconds every workload gets something done, whatever dies. */
const LONG_S = 20;

/** What came of one seed. */
export interface Outcome {
  readonly seed: number;
  readonly seconds: number;
  /** Results that were right, of each workload. */
  readonly checked: Readonly<Record<string, number>>;
  /** Failures that may be when something dies. */
  readonly allowed: Readonly<Record<string, number>>;
  /** What must not be: wrong results, errors, promises that were never settled. */
  readonly faults: readonly string[];
  /** What was done to the cluster. */
  readonly log: readonly string[];
}

export interface ChaosOptions {
  readonly seed: number;
  readonly seconds: number;
  /** Nodes in this process instead of processes. Default false. */
  readonly inside?: boolean;
  /** Names of workloads. Default: all. */
  readonly only?: readonly string[];
}

/** What is still taken when nothing runs any more. */
async function leftovers(): Promise<string[]> {
  for (const limit = performance.now() + SETTLE_MS; ; ) {
    const [{ CPU: free = 0 }, members] = [await availableResources(), await nodes()];
    const total = members.reduce((sum, { resources }) => sum + (resources.total.CPU ?? 0), 0);
    const unfinished = await listTasks({
      filters: [
        ['state', '!=', 'FINISHED'],
        ['state', '!=', 'FAILED'],
      ],
      limit: 20,
    });
    if (free === total && total > 0 && unfinished.total === 0) return [];
    if (performance.now() < limit) {
      await new Promise(resolve => setTimeout(resolve, 100));
      continue;
    }
    const who = members.map(({ name, nodeId, resources }) => `${name} ${nodeId} ${JSON.stringify(resources)}`);
    const what = unfinished.map(({ taskId, name, state, nodeId }) => `${name} ${taskId} ${state} on ${nodeId}`);
    return [
      `not given back: ${free} of ${total} CPUs are free: ${who.join('; ')}; unfinished: ${what.join('; ')}`,
      ...(await whatLives()),
    ];
  }
}

/** What may hold what was not given back, a line each. */
async function whatLives(): Promise<string[]> {
  const [workers, actors, groups] = await Promise.all([
    listWorkers({ filters: [['state', '!=', 'DEAD']], detail: true }),
    listActors({ filters: [['state', '!=', 'DEAD']], detail: true }),
    listPlacementGroups({ filters: [['state', '!=', 'REMOVED']], detail: true }),
  ]);
  return [...workers, ...actors, ...groups].map(record => JSON.stringify(record));
}

/** Runs every workload on a cluster whose nodes and server die, hang and are cut off at random. */
export async function chaos({ seed, seconds, inside = false, only }: ChaosOptions): Promise<Outcome> {
  await using cluster = await Cluster.start({
    nodes: Array(4).fill(nodeOptions),
    processes: !inside,
    store: 'nats',
    seed,
    timing,
  });
  // Not earlier: workers, too, run the script as far as that.
  const directory = mkdtempSync(join(tmpdir(), 'aktis-chaos-'));
  await cluster.connect({ logToDriver: false, includeDashboard: false, objectStoreMemory: 24e6 });
  const disturbances = new Disturbances(cluster);
  const checked: Record<string, number> = {};
  const allowed: Record<string, number> = {};
  const faults: string[] = [];
  const waiting = new Map<object, { readonly what: string; readonly refs: readonly ObjectRef[] }>();
  const endsAt = performance.now() + seconds * 1000;

  const runs = Object.entries(workloads)
    .filter(([name]) => only === undefined || only.includes(name))
    .map(async ([name, workload]) => {
      const run: Run = {
        directory,
        goesOn: () => performance.now() < endsAt && faults.length === 0,
        checked: (count = 1) => {
          checked[name] = (checked[name] ?? 0) + count;
        },
        allowed: what => {
          allowed[what] = (allowed[what] ?? 0) + 1;
        },
        async awaits(what, promise, refs = []) {
          waiting.set(promise, { what: `${name}: ${what}`, refs });
          try {
            return await promise;
          } finally {
            waiting.delete(promise);
          }
        },
      };
      checked[name] = 0;
      try {
        await workload(run);
      } catch (error) {
        faults.push(`${name}: ${(error as Error).stack ?? error}`);
      }
    });
  const disturbing = disturbances.run();
  const isOver = Promise.all(runs).then(() => true);
  await Promise.race([isOver, new Promise(resolve => setTimeout(resolve, seconds * 1000))]);
  disturbances.stop();
  await disturbing;
  for (const { stack } of disturbances.failures) faults.push(`disturbances: ${stack}`);
  let timer: NodeJS.Timeout | undefined;
  const timeUp = new Promise<false>(resolve => {
    timer = setTimeout(resolve, SETTLE_MS, false);
  });
  if (!(await Promise.race([isOver, timeUp]))) {
    for (const { what, refs } of waiting.values()) {
      const reasons = await Promise.all(refs.map(ref => explain(ref)));
      faults.push(`never settled: ${what}: ${reasons.join('; ')}`);
    }
    faults.push(...(await whatLives()));
  }
  clearTimeout(timer);
  if (faults.length === 0) faults.push(...(await leftovers()));
  for (const [name, count] of Object.entries(checked))
    if (count === 0 && seconds >= LONG_S) faults.push(`${name}: nothing was checked`);
  if (faults.length === 0 || process.env.AKTIS_CHAOS_KEEP === undefined)
    rmSync(directory, { recursive: true, force: true });
  return { seed, seconds, checked, allowed, faults, log: disturbances.log };
}
