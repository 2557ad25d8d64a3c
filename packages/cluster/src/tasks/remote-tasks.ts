import type { MethodTask } from '@aktis/actors';
import {
  type CallableOptions,
  type CancelSettings,
  type Elsewhere,
  Failure,
  type Job,
  type Node,
  type NodeDependencies,
  NodeDiedError,
  type NodeDone,
  NodeOp,
  type Outcome,
  type PrintedBy,
  publicId,
  type ResourceMap,
  type ResourceShape,
  type Returned,
  type Task,
  type TaskQueue,
  type Whereabouts,
  type WireFailure,
} from '@aktis/core';
import { groupOf, turnNow } from '@aktis/core/hub';
import type { Payload } from '@aktis/transport';
import type { Location } from '../actors/location.ts';
import type { RemoteGroups } from '../groups/remote-groups.ts';
import type { Lineage } from '../objects/lineage.ts';
import type { Outcomes } from '../objects/outcomes.ts';
import { RemoteCopies } from '../objects/remote-copies.ts';
import type { Peer } from '../peers/peer.ts';
import type { Peers } from '../peers/peers.ts';
import type { Translation } from '../peers/translation.ts';
import type { Placer } from '../scheduling/index.ts';
import type { RemoteLane } from './remote-lane.ts';
import { type CallHome, Run } from './run.ts';
import { RunTable } from './run-table.ts';
import { TaskPlacement } from './task-placement.ts';

// As it was before user code could replace it.
const { queueMicrotask } = globalThis;

/** The tasks this node gives to others, and what becomes of them. */
export class RemoteTasks implements Elsewhere {
  readonly #node: Node;
  readonly #peers: Peers;
  readonly #placer: Placer;
  readonly #placement: TaskPlacement;
  readonly #translation: Translation;
  readonly #outcomes: Outcomes;
  readonly #lineage: Lineage;
  readonly #runs = new RunTable<Run>();
  /** Results that lie on the node that made them: when nobody here needs one any more, that node need not keep it. */
  readonly #collected = new FinalizationRegistry<{ peer: Peer; id: number }>(({ peer, id }) => {
    peer.send([NodeOp.Drop, id]);
    peer.copies.delete(id);
  });
  /** Queues some of whose tasks have ended in this turn. */
  readonly #freed = new Set<RemoteLane['queue']>();
  #count = 0;

  constructor(
    node: Node,
    peers: Peers,
    placer: Placer,
    groups: RemoteGroups,
    translation: Translation,
    outcomes: Outcomes,
    lineage: Lineage,
  ) {
    this.#node = node;
    this.#peers = peers;
    this.#placer = placer;
    this.#placement = new TaskPlacement({
      nodeId: node.id,
      peers,
      routes: [node.functions, lineage.route],
      placesFor: options => {
        const group = groupOf(options.schedulingStrategy);
        return group === undefined ? placer : groups.view(group);
      },
      askBack: ({ peer, number }) => peer.send([NodeOp.TakeBack, number]),
      warn: text => node.logs.warn(text),
    });
    this.#translation = translation;
    this.#outcomes = outcomes;
    this.#lineage = lineage;
  }

  // ── where ──────────────────────────────────────────────────────────────────────────────────────────────────────

  place(task: Task, queue: TaskQueue): Whereabouts {
    const gone = this.#placer.namesGone(queue.options);
    if (gone !== undefined) {
      this.#node.tasks.fail(task, Failure.of(gone, this.#node.origin(task, null)));
      return 'gone';
    }
    const lane = this.#placement.choose(task, queue, task.route === this.#lineage.route);
    if (lane === 'here' || lane === 'wait') return lane;
    this.#send(task, lane);
    return 'gone';
  }

  allowsHere(options: CallableOptions): boolean {
    const gone = this.#placer.namesGone(options);
    if (gone !== undefined) throw gone;
    return this.#placer.allowsHere(options);
  }

  couldEverFit(shape: ResourceShape, options: CallableOptions): boolean {
    return this.#placer.ever(this.#placer.workOf(options, shape)).kind === 'place';
  }

  explain(queue: TaskQueue): string {
    return this.#placement.explain(queue);
  }

  explainAway(task: Task): string {
    return `it runs on node ${this.#runOf(task)?.peer.nodeId}, or waits there for its turn`;
  }

  /** A node joined, left, or has something free. */
  roomChanged(): void {
    this.#placement.roomChanged();
  }

  // ── there and back ─────────────────────────────────────────────────────────────────────────────────────────────

  #send(task: Task, lane: RemoteLane): void {
    const { peer } = lane;
    const run = new Run(this.#count++, task, peer, lane, null);
    this.#runs.add(run);
    task.state = 'sent';
    task.place = run;
    const ifRoom = lane.isRefusable(task);
    this.#placement.entered(run);
    const callable = peer.introduce(task.callable);
    const args = this.#translation.outgoing(task.args, task.contains, peer);
    this.#tellOrigin(run);
    const message = [
      NodeOp.Execute,
      run.number,
      callable,
      task.id,
      task.retriesLeft,
      args,
      this.#dependencies(run),
    ] as const;
    peer.send(ifRoom ? [...message, 1] : message);
    if (task.stream !== null && task.stream.consumed > 0)
      peer.send([NodeOp.Consumed, run.number, task.stream.consumed]);
  }

  /** Sends the call of an actor. */
  sendCall(task: MethodTask, { peer, owner, id }: Location, home: CallHome): void {
    const run = new Run(this.#count++, task, peer, null, home);
    this.#runs.add(run);
    // Its place says whose call it is, so this says which run.
    task.slot = run.number;
    const args = this.#translation.outgoing(task.args, task.contains, peer);
    this.#tellOrigin(run);
    const { caller, retriesLeft, method, options } = task;
    const dependencies = this.#dependencies(run);
    peer.send([
      NodeOp.CallActor,
      run.number,
      owner,
      id,
      caller,
      task.id,
      retriesLeft,
      method,
      args,
      dependencies,
      options,
    ]);
    if (task.stream !== null && task.stream.consumed > 0)
      peer.send([NodeOp.Consumed, run.number, task.stream.consumed]);
  }

  #tellOrigin({ number, task, peer }: Run): void {
    const { tasks, id } = this.#node;
    const trace = tasks.traces.of(task) ?? '';
    const { parent } = task;
    if (parent === null && trace === '') return;
    const parentId = parent === null ? '' : (parent.output.publicId ?? publicId(id, parent.id));
    peer.send([NodeOp.Origin, number, parentId, trace]);
  }

  #dependencies({ entries, positions, peer }: Run): NodeDependencies | null {
    if (entries === null || positions === null) return null;
    return entries.flatMap((entry, i) => [
      positions[i] as number,
      ...this.#translation.name(entry, peer),
      this.#outcomes.of(entry, peer),
    ]);
  }

  done([, number, duration, outcomes, stay]: NodeDone): void {
    const run = this.#left(number);
    if (run === undefined) return;
    const { task, lane } = run;
    if (duration > 0) task.callable.stats.add(duration);
    lane?.ended(run, turnNow(), stay);
    if (task.state !== 'finished') {
      task.state = 'finished';
      if (typeof outcomes === 'string') this.#outcomes.applyText(task.output, outcomes);
      else this.#settle(run, outcomes);
      this.#node.tasks.doneElsewhere(task);
    }
    this.#offerSoon(run);
  }

  #settle(run: Run, outcomes: readonly Outcome[]): void {
    const { task, peer } = run;
    (task.outputs ?? [task.output]).forEach((output, i) => {
      this.#outcomes.apply(output, outcomes[i] as Outcome, peer, { owner: this.#node.id, id: output.id });
      if (!(output.source instanceof RemoteCopies)) return;
      if (run.lane !== null) this.#lineage.remember(output, i, run);
      this.#collected.register(output, { peer, id: output.id });
    });
  }

  failed(number: number, wire: WireFailure): void {
    const run = this.#left(number);
    if (run === undefined) return;
    this.#node.tasks.failedElsewhere(run.task, Failure.fromWire(wire), true);
    this.#offerSoon(run);
  }

  /** Its lane has room again: the queue goes on, once for all that ended in this turn. */
  #offerSoon({ lane }: Run): void {
    if (lane === null) return;
    if (this.#freed.size === 0) queueMicrotask(this.#offerFreed);
    this.#freed.add(lane.queue);
  }

  readonly #offerFreed = (): void => {
    const queues = [...this.#freed];
    this.#freed.clear();
    for (const queue of queues) queue.offer();
  };

  /** A host gives back what it has not started, or (`isBack` 0) keeps it, and may be asked again. */
  returned([, number, isBack, available = '{}']: Returned): void {
    if (isBack === 0) {
      const run = this.#runs.get(number);
      if (run !== undefined) run.wasAskedFor = false;
      return;
    }
    const run = this.#left(number, JSON.parse(available) as ResourceMap);
    if (run === undefined || run.task.state === 'finished') return;
    run.task.state = 'queued';
    if (run.home === null) run.task.route.returned(run.task);
    else run.home.returned(run.task, run.peer);
  }

  yielded(number: number, payload: Payload, peer: Peer): void {
    const run = this.#runs.get(number);
    const incoming = this.#translation.incoming(payload, peer);
    run?.task.stream?.yield(incoming.payload, incoming.contains);
  }

  consumed(task: Task, count: number): void {
    const run = this.#runOf(task);
    run?.peer.send([NodeOp.Consumed, run.number, count]);
  }

  withdraw(task: Task, settings: CancelSettings = { force: true, recursive: true, grace: 0 }): void {
    const run = this.#runOf(task);
    if (run === undefined) return;
    this.#left(run.number);
    run.peer.send([NodeOp.CancelRun, run.number, JSON.stringify(settings)]);
    queueMicrotask(() => run.lane?.queue.offer());
  }

  /** What ran there runs elsewhere, if it may; when the node had drained (`isFree`), at no cost to its retries. */
  nodeDied(peer: Peer, reason: string, isFree = false): void {
    for (const run of this.#runs.all()) {
      if (run.peer !== peer) continue;
      this.#left(run.number);
      const { task } = run;
      if (task.state === 'finished') continue;
      if (run.home !== null) {
        run.home.lost(task, `node ${peer.nodeId}, which ${reason}`);
      } else if (task.retriesLeft !== 0) {
        if (isFree && task.retriesLeft > 0) task.retriesLeft++;
        this.#node.tasks.retry(task);
      } else {
        const error = new NodeDiedError(`${task.name} was running on node ${peer.nodeId}, which ${reason}`);
        const failure = Failure.of(error, { ...this.#node.origin(task, null), nodeId: peer.nodeId });
        this.#node.tasks.failedElsewhere(task, failure, false);
      }
    }
  }

  print(job: Job, by: PrintedBy, stream: 'stdout' | 'stderr', text: string): boolean {
    const peer = this.#peers.living(job.nodeId);
    if (peer === undefined) return false;
    peer.send([NodeOp.Log, JSON.stringify(by), stream === 'stdout' ? 1 : 2, text]);
    return true;
  }

  /** @param said it came back, and its host said what it has free */
  #left(number: number, said?: ResourceMap): Run | undefined {
    const run = this.#runs.get(number);
    if (run === undefined) return undefined;
    this.#runs.delete(number);
    if (run.lane !== null) {
      run.task.place = null;
      this.#placement.left(run, said);
    }
    return run;
  }

  #runOf(task: Task): Run | undefined {
    if (task.place instanceof Run) return task.place;
    const call = this.#runs.get(task.slot);
    return call?.task === task ? call : undefined;
  }
}
