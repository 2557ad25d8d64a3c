import { Placer } from '@aktis/cluster/scheduling';
import {
  type PlaceableTask,
  type PlacedRun,
  type RemoteLane,
  type SimulatedNode,
  TaskPlacement,
  type WaitingQueue,
} from '@aktis/cluster/simulation';
import { Deque, type ResourceMap } from '@aktis/core';
import { ResourcePool, ResourceShape, RunTimeStatistics } from '@aktis/core/hub';
import type { ComputeNode, HostedTask } from './compute-node.ts';

/** How long a message takes from node to node, in milliseconds. */
const HOP = 0.2;

interface SubmittedTask extends PlaceableTask {
  readonly submittedAt: number;
  readonly duration: number;
}

interface SubmittedRun extends PlacedRun {
  readonly task: SubmittedTask;
  readonly peer: Host;
  readonly hosted: HostedTask;
}

interface Host {
  readonly nodeId: string;
  readonly isGone: false;
  roundTrip: number;
  readonly node: ComputeNode;
}

/** A driver that submits tasks: the placement of real ones, by its own view, which heartbeats keep. */
export class Submitter {
  readonly #placement: TaskPlacement<SubmittedRun>;
  readonly #now: () => number;
  readonly #after: (milliseconds: number, then: () => void) => void;
  readonly #tasks = new Deque<SubmittedTask>();
  readonly #queue: WaitingQueue;
  readonly #callable = { stats: new RunTimeStatistics() };
  /** Milliseconds from submission to start, of every task. */
  readonly waits: number[] = [];
  refused = 0;
  takenBack = 0;
  decisions = 0;
  /** Real milliseconds spent in decisions, and in keeping the view. */
  decidingFor = 0;
  viewingFor = 0;
  viewed = 0;

  constructor(
    { nodeId, membership }: SimulatedNode,
    hosts: ReadonlyMap<string, ComputeNode>,
    random: () => number,
    now: () => number,
    after: (milliseconds: number, then: () => void) => void,
  ) {
    this.#now = now;
    this.#after = after;
    const placer = new Placer({ id: nodeId, pool: new ResourcePool({}), labels: {} }, random);
    const tasks = this.#tasks;
    this.#queue = {
      options: {},
      shape: ResourceShape.ONE_CPU,
      mayRunHere: false,
      get size() {
        return tasks.size;
      },
      offer: () => this.#offer(),
    };
    const peers = new Map(
      [...hosts].map(([id, node]): [string, Host] => [id, { nodeId: id, isGone: false, roundTrip: 0, node }]),
    );
    this.#placement = new TaskPlacement<SubmittedRun>({
      nodeId,
      peers: { living: id => peers.get(id) },
      routes: [{ queues: () => [this.#queue] }],
      placesFor: () => placer,
      askBack: run => this.#askBack(run),
      warn: text => console.error(text),
      clock: { now, after },
    });
    for (const member of membership.living()) placer.told(member);
    membership.on({
      changed: member => this.#told(() => placer.told(member)),
      joined: member => this.#told(() => placer.told(member)),
      died: record => this.#told(() => placer.gone(record.nodeId)),
    });
  }

  submit(duration: number): void {
    const submittedAt = this.#now();
    this.#tasks.push({ name: 'task', timeout: 0, arguments: null, callable: this.#callable, submittedAt, duration });
    if (this.#tasks.size === 1) this.#offer();
  }

  #told(update: () => void): void {
    const start = performance.now();
    update();
    this.viewingFor += performance.now() - start;
    this.viewed++;
    this.#placement.roomChanged();
  }

  #offer(): void {
    const start = performance.now();
    for (let task = this.#tasks.peek(); task !== undefined; task = this.#tasks.peek()) {
      const lane = this.#placement.choose(task, this.#queue, false);
      this.decisions++;
      if (lane === 'wait' || lane === 'here') break;
      this.#tasks.shift();
      this.#send(task, lane);
    }
    this.decidingFor += performance.now() - start;
  }

  #send(task: SubmittedTask, lane: RemoteLane<SubmittedRun>): void {
    const { peer } = lane;
    const isRefusable = lane.isRefusable(task);
    const hosted: HostedTask = {
      duration: task.duration,
      state: 'queued',
      started: () => this.waits.push(this.#now() - task.submittedAt),
      ended: () => this.#after(HOP, () => this.#ended(run)),
    };
    const links = { list: null, previous: null, next: null };
    const times = { sentAt: this.#now(), estimate: 0 };
    const run: SubmittedRun = { task, peer, lane, hosted, ...times, ...links, wasAskedFor: false };
    this.#placement.entered(run);
    this.#after(HOP, () => {
      if (isRefusable && peer.node.free === 0) this.#after(HOP, () => this.#returned(run, { CPU: 0 }));
      else peer.node.execute(hosted);
    });
  }

  #askBack(run: SubmittedRun): void {
    this.#after(HOP, () => {
      const { free } = run.peer.node;
      if (run.peer.node.relinquish(run.hosted)) this.#after(HOP, () => this.#returned(run, { CPU: free }));
      else if (run.hosted.state === 'running') this.#after(HOP, () => (run.wasAskedFor = false));
    });
  }

  #returned(run: SubmittedRun, said: ResourceMap): void {
    if (run.wasAskedFor) this.takenBack++;
    else this.refused++;
    this.#placement.left(run, said);
    this.#tasks.unshift(run.task);
    this.#offer();
  }

  #ended(run: SubmittedRun): void {
    this.#callable.stats.add(run.task.duration * 1_000);
    run.lane?.ended(run, this.#now());
    this.#placement.left(run);
    this.#offer();
  }
}
