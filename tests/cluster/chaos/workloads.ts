import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  ActorDiedError,
  type ActorHandle,
  ActorUnavailableError,
  cancel,
  get,
  getActor,
  kill,
  NodeDiedError,
  ObjectLostError,
  type ObjectRef,
  PlacementGroupRemovedError,
  placementGroup,
  put,
  TaskCancelledError,
  WorkerDiedError,
} from 'aktis';
import {
  addsTo,
  bytesOf,
  counts,
  crashesOnce,
  fillsFrom,
  leavesMark,
  nestedSums,
  type Report,
  slowly,
  square,
  squaresInGroup,
  sumOfBytes,
  sumOfSquares,
  Tally,
  unwraps,
  wrapped,
} from './load.ts';

/** What a workload has of the run it is part of. */
export interface Run {
  /** For files of this run. */
  readonly directory: string;
  /** Whether to begin something new. */
  goesOn(): boolean;
  /** A result that was right. */
  checked(count?: number): void;
  /** A failure that may be: `what` may happen when something dies. */
  allowed(what: string): void;
  /** Says what is being waited for, should it never come. */
  awaits<T>(what: string, promise: Promise<T>, refs?: readonly ObjectRef[]): Promise<T>;
}

type Workload = (run: Run) => Promise<void>;

function expectEqual(what: string, actual: unknown, expected: unknown): void {
  if (!Object.is(actual, expected)) throw new Error(`${what}: ${JSON.stringify(actual)} instead of ${expected}`);
}

/** An error of these classes is what may become of it; any other is a fault. */
function mustBe(error: unknown, run: Run, ...classes: (new (message: string) => Error)[]): void {
  const found = classes.find(each => error instanceof each);
  if (found === undefined) throw error;
  run.allowed(found.name);
}

const range = (count: number) => Array.from({ length: count }, (_, i) => i);

async function tasks(run: Run): Promise<void> {
  while (run.goesOn()) {
    const values = await run.awaits('100 squares', get(range(100).map(n => square.remote(n))));
    for (const [n, value] of values.entries()) expectEqual(`the square of ${n}`, value, n * n);
    run.checked(values.length);
    const slow = await run.awaits('8 slow tasks', get(range(8).map(n => slowly.remote(n, 20 * n))));
    for (const [n, value] of slow.entries()) expectEqual('a slow task', value, n);
    run.checked(slow.length);
  }
}

async function nestedTasks(run: Run): Promise<void> {
  while (run.goesOn()) {
    const sums = await run.awaits('nested tasks', get([5, 10, 15].map(count => sumOfSquares.remote(count))));
    for (const [i, expected] of [30, 285, 1015].entries()) expectEqual('a sum of squares', sums[i], expected);
    run.checked(sums.length);
  }
}

function sumHere(length: number, seed: number): number {
  let sum = 0;
  for (let i = 0; i < length; i++) sum += (seed + i * 31) & 255;
  return sum;
}

async function largeObjects(run: Run): Promise<void> {
  const own = put(new Uint8Array(400_000).fill(1));
  for (let seed = 0; run.goesOn(); seed++) {
    const [a, b] = [bytesOf.remote(300_000, seed), bytesOf.remote(2_000_000, seed + 1)];
    const sums = [sumOfBytes.remote(a, b), sumOfBytes.remote(b, own), sumOfBytes.remote(a)];
    const [ab, bOwn, onlyA] = await run.awaits('sums of large objects', get(sums), [...sums, a, b]);
    const [sumA, sumB] = [sumHere(300_000, seed), sumHere(2_000_000, seed + 1)];
    expectEqual('the sum of two results', ab, sumA + sumB);
    expectEqual('the sum of a result and what was put', bOwn, sumB + 400_000);
    expectEqual('the sum of a result', onlyA, sumA);
    const bytes = await run.awaits('a large object', get(a));
    expectEqual('a byte', bytes[1000], (seed + 31_000) & 255);
    run.checked(4);
  }
}

async function objectsInside(run: Run): Promise<void> {
  while (run.goesOn()) {
    try {
      const { ref } = await run.awaits('an object with a ref', get(wrapped.remote(200_000)));
      const lengths = await run.awaits('refs unwrapped', get([unwraps.remote({ ref }), unwraps.remote({ ref })]));
      for (const length of lengths) expectEqual('the length of an object inside', length, 200_000);
      const bytes = await run.awaits('an object inside', get(ref as ObjectRef<Uint8Array>));
      expectEqual('a byte of an object inside', bytes[7], 3);
      run.checked(3);
    } catch (error) {
      // What put stored is gone with its node, and so is a task that may not be retried.
      mustBe(error, run, ObjectLostError, NodeDiedError, WorkerDiedError);
    }
  }
}

async function streams(run: Run): Promise<void> {
  while (run.goesOn()) {
    let next = 0;
    const stream = counts.remote(150);
    const consume = async () => {
      for await (const ref of stream) expectEqual('an item of a stream', await get(ref), next++);
    };
    await run.awaits('a stream', consume());
    expectEqual('the length of a stream', next, 150);
    run.checked(150);
  }
}

async function marks(run: Run): Promise<void> {
  const file = join(run.directory, 'marks');
  writeFileSync(file, '');
  const outcomes = new Map<string, boolean>();
  for (let round = 0; run.goesOn(); round++) {
    const names = range(20).map(i => `${round}-${i}`);
    const settled = await run.awaits(
      'marks',
      Promise.allSettled(names.map(name => get(leavesMark.remote(file, name)))),
    );
    settled.forEach((outcome, i) => {
      if (outcome.status === 'rejected') mustBe(outcome.reason, run, NodeDiedError, WorkerDiedError);
      outcomes.set(names[i] as string, outcome.status === 'fulfilled');
    });
  }
  const left = new Map<string, number>();
  for (const mark of readFileSync(file, 'utf8').trim().split('\n')) left.set(mark, (left.get(mark) ?? 0) + 1);
  for (const [mark, succeeded] of outcomes) {
    const times = left.get(mark) ?? 0;
    if (times > 1 || (succeeded && times !== 1)) throw new Error(`A task without retries ran ${times} times`);
    run.checked();
  }
}

async function crashes(run: Run): Promise<void> {
  for (let round = 0; run.goesOn(); round++) {
    const file = join(run.directory, `crashed-${round}`);
    const ref = crashesOnce.remote(file, round);
    expectEqual('a task that crashed once', await run.awaits('a crash', get(ref), [ref]), round);
    run.checked();
    await new Promise(resolve => setTimeout(resolve, 200));
  }
}

/** Instances only follow each other: nobody who was replaced is heard of again. */
class Succession {
  #last: Report | undefined;
  /** Calls whose fate is unknown may have counted. */
  unknown = 0;

  follows(report: Report, mayRepeat: boolean): void {
    const last = this.#last;
    this.#last = report;
    if (last === undefined || report.born > last.born) {
      this.unknown = 0;
      return;
    }
    if (report.born < last.born) throw new Error('An instance of an actor was heard of that had been replaced');
    const most = mayRepeat ? Number.POSITIVE_INFINITY : last.count + 1 + this.unknown;
    if (report.count <= last.count || report.count > most) {
      throw new Error(
        `An actor counted ${report.count} after ${last.count}, with ${this.unknown} calls of unknown fate`,
      );
    }
    this.unknown = 0;
  }
}

async function supervisedActors(run: Run): Promise<void> {
  const tally = Tally.options({ maxRestarts: -1, maxTaskRetries: -1 }).remote();
  const succession = new Succession();
  for (let round = 0; run.goesOn(); round++) {
    const reports = await run.awaits('calls of an actor with retries', get(range(10).map(() => tally.add.remote())));
    const sorted = reports.toSorted((a, b) => a.born - b.born || a.count - b.count);
    for (const report of sorted) succession.follows(report, true);
    run.checked(reports.length);
    succession.follows(await run.awaits('a call from a task', get(addsTo.remote({ tally }))), true);
    run.checked();
    if (round % 10 === 9)
      await run.awaits(
        'a crash of an actor',
        get(tally.crash.options({ maxTaskRetries: 0 }).remote()).catch(() => {}),
      );
  }
}

async function actorsWithoutRetries(run: Run): Promise<void> {
  const tally = Tally.options({ maxRestarts: -1, schedulingStrategy: 'SPREAD' }).remote();
  const succession = new Succession();
  while (run.goesOn()) {
    try {
      succession.follows(await run.awaits('a call of an actor', get(tally.add.remote())), false);
      run.checked();
    } catch (error) {
      mustBe(error, run, ActorUnavailableError);
      succession.unknown++;
    }
    await new Promise(resolve => setTimeout(resolve, 5));
  }
}

async function mortalActors(run: Run): Promise<void> {
  let tally: ActorHandle<Tally> | undefined;
  let count = 0;
  while (run.goesOn()) {
    tally ??= Tally.options({ numCpus: 0 }).remote();
    try {
      const report = await run.awaits('a call of a mortal actor', get(tally.add.remote()));
      expectEqual('the count of an actor that never died', report.count, ++count);
      run.checked();
    } catch (error) {
      mustBe(error, run, ActorDiedError);
      // Dead is dead.
      const again = await run.awaits(
        'a call of a dead actor',
        get(tally.add.remote()).catch(thrown => thrown),
      );
      if (!(again instanceof ActorDiedError)) throw new Error(`A dead actor answered ${JSON.stringify(again)}`);
      tally = undefined;
      count = 0;
    }
    await new Promise(resolve => setTimeout(resolve, 5));
  }
}

async function namedActors(run: Run): Promise<void> {
  const options = { name: 'the one', getIfExists: true, maxRestarts: -1, maxTaskRetries: -1 };
  const first = Tally.options(options).remote();
  const succession = new Succession();
  while (run.goesOn()) {
    const call = first.add.remote();
    succession.follows(await run.awaits('a call of a named actor', get(call), [call]), true);
    const again = Tally.options(options).remote();
    succession.follows(await run.awaits('a call of the same by name', get(again.add.remote())), true);
    const found = await run.awaits('getActor', getActor<typeof Tally>('the one'));
    succession.follows(await run.awaits('a call of the same, found', get(found.add.remote())), true);
    run.checked(3);
    await new Promise(resolve => setTimeout(resolve, 20));
  }
}

async function detachedActors(run: Run): Promise<void> {
  const name = `kept-${Math.random()}`;
  const options = { name, namespace: 'chaos', lifetime: 'detached', maxRestarts: -1, maxTaskRetries: -1 } as const;
  const tally = Tally.options(options).remote();
  const succession = new Succession();
  while (run.goesOn()) {
    const call = tally.add.remote();
    succession.follows(await run.awaits('a call of a detached actor', get(call), [call]), true);
    const found = await run.awaits('getActor', getActor<typeof Tally>(name, { namespace: 'chaos' }));
    const other = found.add.remote();
    succession.follows(await run.awaits('a call of a detached actor, found', get(other), [other]), true);
    run.checked(2);
    await new Promise(resolve => setTimeout(resolve, 20));
  }
  await run.awaits('the end of a detached actor', kill(tally));
}

async function placementGroups(run: Run): Promise<void> {
  const strategies = ['PACK', 'SPREAD', 'STRICT_PACK', 'STRICT_SPREAD'] as const;
  for (let round = 0; run.goesOn(); round++) {
    const group = placementGroup([{ CPU: 0.5 }, { CPU: 0.5 }], {
      strategy: strategies[round % 4] as (typeof strategies)[number],
      ...(round % 3 === 2 && { lifetime: 'detached' as const }),
    });
    const ready = group.ready();
    await run.awaits('a placement group', get(ready), [ready]);
    const within = (bundleIndex: number) => ({
      numCpus: 0.5,
      schedulingStrategy: { placementGroup: group, bundleIndex },
    });
    const refs = range(10).map(n => slowly.options(within(n % 2)).remote(n, 20));
    const tally = Tally.options({ ...within(round % 2), numCpus: 0, maxRestarts: -1, maxTaskRetries: -1 }).remote();
    const calls = range(5).map(() => tally.add.remote());
    const values = await run.awaits('tasks in a group', get(refs), refs);
    for (const [n, value] of values.entries()) expectEqual('a task in a group', value, n);
    const elsewhere = squaresInGroup.remote({ group }, 5);
    const squares = await run.awaits('tasks from elsewhere in a group', get(elsewhere), [elsewhere]);
    for (const [n, value] of squares.entries()) expectEqual('a square in a group', value, n * n);
    await run.awaits('an actor in a group', get(calls), calls);
    run.checked(20);
    const late = slowly.options(within(0)).remote(1, 5_000);
    await run.awaits('the end of a group', group.remove());
    const outcome = await run.awaits(
      'work of a removed group',
      get(late).catch(thrown => thrown),
      [late],
    );
    // While its node hangs, or the store is away, to remove a group may take longer than that work.
    if (outcome !== 1 && !(outcome instanceof PlacementGroupRemovedError)) throw outcome;
  }
}

async function fullNodes(run: Run): Promise<void> {
  const file = join(run.directory, 'fills');
  writeFileSync(file, '');
  const done: string[] = [];
  for (let round = 0; run.goesOn(); round++) {
    const refs = range(3).map(i =>
      fillsFrom.remote(
        file,
        range(5).map(j => `${round}-${i}-${j}`),
        30 * (i + 1),
      ),
    );
    const settled = await run.awaits('work that fills nodes', Promise.allSettled(refs.map(ref => get(ref))), refs);
    settled.forEach((outcome, i) => {
      if (outcome.status === 'rejected') mustBe(outcome.reason, run, NodeDiedError, WorkerDiedError);
      (outcome.status === 'fulfilled' ? outcome.value : []).forEach((said, j) => {
        if (said === `${round}-${i}-${j}`) done.push(said);
        else if (said === 'NodeDiedError' || said === 'WorkerDiedError') run.allowed(said);
        else throw new Error(`Work that fills a node came to ${said}`);
      });
    });
  }
  const left = new Map<string, number>();
  for (const mark of readFileSync(file, 'utf8').trim().split('\n')) left.set(mark, (left.get(mark) ?? 0) + 1);
  for (const [mark, times] of left) if (times > 1) throw new Error(`Without retries ${mark} ran ${times} times`);
  for (const mark of done) if (left.get(mark) !== 1) throw new Error(`${mark} is done, and has not run`);
  run.checked(done.length);
}

async function largeNestedTasks(run: Run): Promise<void> {
  const own = put(new Uint8Array(700_000).fill(1));
  for (let seed = 0; run.goesOn(); seed += 7) {
    const refs = range(4).map(i => nestedSums.remote({ own }, seed + i));
    const sums = await run.awaits('nested tasks with large arguments', get(refs), refs);
    sums.forEach((three, i) => {
      three.forEach((sum, j) => {
        expectEqual('a sum of large arguments', sum, sumHere(1_500_000, seed + i + j) + 700_000 + 2_000_000);
      });
    });
    run.checked(12);
  }
}

async function cancels(run: Run): Promise<void> {
  for (let round = 0; run.goesOn(); round++) {
    const kept = range(6).map(n => slowly.remote(n, 40));
    const dropped = range(6).map(n => slowly.remote(n, 1_000));
    const nested = sumOfSquares.remote(30);
    await new Promise(resolve => setTimeout(resolve, 15 * (round % 10)));
    await run.awaits(
      'cancel',
      Promise.all([...dropped, nested].map((ref, i) => cancel(ref, { force: (round + i) % 3 === 0 }))),
      dropped,
    );
    const settled = await run.awaits(
      'what was cancelled',
      Promise.allSettled([...dropped, nested].map(ref => get(ref as ObjectRef<number>))),
      [...dropped, nested],
    );
    for (const outcome of settled) {
      if (outcome.status === 'rejected' && !(outcome.reason instanceof TaskCancelledError)) throw outcome.reason;
    }
    const values = await run.awaits('what was not cancelled', get(kept), kept);
    for (const [n, value] of values.entries()) expectEqual('a task beside cancelled ones', value, n);
    run.checked(13);
  }
}

export const workloads: Readonly<Record<string, Workload>> = {
  tasks,
  nestedTasks,
  largeObjects,
  objectsInside,
  streams,
  marks,
  crashes,
  supervisedActors,
  actorsWithoutRetries,
  mortalActors,
  namedActors,
  detachedActors,
  placementGroups,
  fullNodes,
  largeNestedTasks,
  cancels,
};
