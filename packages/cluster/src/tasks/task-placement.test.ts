import type { CallableOptions } from '@aktis/core';
import { ResourcePool, ResourceShape, RunTimeStatistics } from '@aktis/core/hub';
import type { Member } from '../membership/index.ts';
import type { NodeRecord } from '../records.ts';
import { Placer } from '../scheduling/index.ts';
import type { PlaceableTask, PlacedRun, RemoteLane, WaitingQueue } from './remote-lane.ts';
import { TaskPlacement } from './task-placement.ts';

const FULL = { CPU: 0 };

function member(nodeId: string, available = { CPU: 1 }): Member {
  const record = { nodeId, name: nodeId, kind: 'node', state: 'ALIVE', labels: {}, total: { CPU: 1 } };
  return { record: record as unknown as NodeRecord, available, waiting: 0, isSuspect: false };
}

/** Placement of a driver without CPUs on nodes with one each, and its one queue. */
class Scene {
  readonly placer = new Placer({ id: 'driver', pool: new ResourcePool({}), labels: {} }, () => 0);
  readonly askedBack: PlacedRun[] = [];
  readonly stats = new RunTimeStatistics();
  readonly placement: TaskPlacement<PlacedRun>;
  readonly queue: WaitingQueue;
  offers = 0;
  now = 0;
  readonly #timers: (() => void)[] = [];
  readonly #peers = new Map<string, PlacedRun['peer']>();

  constructor(nodes: readonly string[], options: CallableOptions = {}) {
    for (const nodeId of nodes) this.placer.told(member(nodeId));
    const offer = () => void this.offers++;
    this.queue = { options, shape: ResourceShape.ONE_CPU, size: 1, mayRunHere: false, offer };
    this.placement = new TaskPlacement<PlacedRun>({
      nodeId: 'driver',
      peers: { living: nodeId => (nodes.includes(nodeId) ? this.#peer(nodeId) : undefined) },
      routes: [{ queues: () => [this.queue] }],
      placesFor: () => this.placer,
      askBack: run => this.askedBack.push(run),
      warn: () => {},
      clock: { now: () => this.now, after: (_, callback) => this.#timers.push(callback) },
    });
  }

  /** Sends a task where placement says, and returns the run, or undefined: it has to wait. */
  send(): (PlacedRun & { readonly isRefusable: boolean }) | undefined {
    const task: PlaceableTask = { name: 'task', timeout: 0, arguments: null, callable: { stats: this.stats } };
    const lane = this.placement.choose(task, this.queue, false);
    if (lane === 'wait' || lane === 'here') return undefined;
    const run = { task, peer: lane.peer, lane: lane as RemoteLane<PlacedRun>, sentAt: this.now };
    const links = { list: null, previous: null, next: null };
    const sent = { ...run, ...links, estimate: 0, wasAskedFor: false, isRefusable: lane.isRefusable(task) };
    this.placement.entered(sent);
    return sent;
  }

  #peer(nodeId: string): PlacedRun['peer'] {
    const peer = this.#peers.get(nodeId) ?? { nodeId, isGone: false, roundTrip: 0 };
    this.#peers.set(nodeId, peer);
    return peer;
  }

  end(run: PlacedRun, stay?: number): void {
    run.lane?.ended(run, this.now, stay);
    this.placement.left(run);
  }

  pass(milliseconds: number): void {
    this.now += milliseconds;
    for (const callback of this.#timers.splice(0)) callback();
  }
}

const nodeOf = (run: PlacedRun | undefined) => run?.peer.nodeId;

test('a task goes where there is room, to start at once or come back; then it goes where the view still has room', () => {
  const scene = new Scene(['a', 'b']);
  const first = scene.send();
  expect(first?.isRefusable).toBe(true);
  scene.placement.left(first as PlacedRun, FULL);
  const second = scene.send();
  expect(new Set([nodeOf(first), nodeOf(second)])).toEqual(new Set(['a', 'b']));
});

test('where there is no room, it waits at a node, which does not give it back', () => {
  const scene = new Scene(['a']);
  scene.placer.told(member('a', FULL));
  expect(scene.send()?.isRefusable).toBe(false);
});

test('after three wrong guesses the next task waits where it comes, and guessing begins anew', () => {
  const scene = new Scene(['a', 'b', 'c', 'd', 'e']);
  for (let i = 0; i < 3; i++) {
    const run = scene.send() as PlacedRun & { isRefusable: boolean };
    expect(run.isRefusable).toBe(true);
    scene.placement.left(run, FULL);
  }
  expect(scene.send()?.isRefusable).toBe(false);
  expect(scene.send()?.isRefusable).toBe(true);
});

test('short tasks are sent ahead, and not given back: their turn comes before they could be elsewhere', () => {
  const scene = new Scene(['a']);
  scene.stats.add(100);
  const runs = [scene.send(), scene.send(), scene.send()];
  expect(runs.map(nodeOf)).toEqual(['a', 'a', 'a']);
  expect(runs.map(run => run?.isRefusable)).toEqual([false, false, false]);
});

test('a task that waits in vain is asked back when there is room elsewhere, and is no wrong guess then', () => {
  const scene = new Scene(['a', 'b']);
  scene.placer.told(member('b', FULL));
  const run = scene.send() as PlacedRun;
  expect(nodeOf(run)).toBe('a');
  scene.pass(101);
  expect(scene.askedBack).toEqual([]);
  scene.placer.told(member('b'));
  scene.pass(101);
  expect(scene.askedBack).toEqual([run]);
  scene.placement.left(run, FULL);
  const again = scene.send();
  expect([nodeOf(again), again?.isRefusable]).toEqual(['b', true]);
});

test('what a task waits for the work of others where it is sent is no long way', () => {
  const scene = new Scene(['a']);
  scene.stats.add(1_000);
  const run = scene.send() as PlacedRun;
  scene.pass(1_000);
  scene.end(run, 996);
  expect(run.peer.roundTrip).toBe(1);
});

test('short tasks are sent to a full node for a whole turn, and not taken back while no other has room', () => {
  const nodes = ['a', 'b'];
  const scene = new Scene(nodes);
  scene.stats.add(1_000);
  scene.placer.told(member('b', FULL));
  scene.placer.told(member('a', FULL));
  const runs: PlacedRun[] = [];
  for (let run = scene.send(); run !== undefined; run = scene.send()) runs.push(run);
  expect(runs).toHaveLength(2 * 50);
  scene.pass(101);
  expect(scene.askedBack).toEqual([]);
  nodes.push('c');
  scene.placer.told(member('c'));
  scene.pass(101);
  expect(scene.askedBack).toHaveLength(50);
  expect(new Set(scene.askedBack.map(nodeOf)).size).toBe(1);
});

test('what waits for long behind another task is taken back, wherever there is room', () => {
  const scene = new Scene(['a']);
  scene.stats.add(1_000);
  scene.placer.told(member('a', FULL));
  const [first, ...others] = [scene.send(), scene.send(), scene.send()];
  expect(first).toBeDefined();
  for (let i = 0; i < 9; i++) scene.pass(101);
  expect(scene.askedBack).toEqual([]);
  scene.pass(101);
  expect(scene.askedBack).toEqual(others);
});

test('the longer the way, the more short tasks are sent ahead', () => {
  const scene = new Scene(['a']);
  scene.stats.add(1_000);
  /** As many as go; they come back after `milliseconds`. */
  const batch = (milliseconds: number) => {
    const runs: PlacedRun[] = [];
    for (let run = scene.send(); run !== undefined; run = scene.send()) runs.push(run);
    scene.pass(milliseconds);
    for (const run of runs) scene.end(run);
    return runs.length;
  };
  expect(batch(1)).toBe(5);
  for (let i = 0; i < 20; i++) batch(61);
  expect(batch(61)).toBe(64);
  batch(11);
  expect(batch(11)).toBe(15);
});
