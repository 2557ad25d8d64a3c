import { clearTimeout, setTimeout } from 'node:timers';
import {
  type Borrow,
  type Borrowed,
  Callable,
  type CancelSettings,
  type Execute,
  Failure,
  type Holdable,
  type HostActor,
  type Job,
  type Node,
  type NodeAnswer,
  type NodeAsk,
  NodeDiedError,
  NodeOp,
  NodeSilentError,
  type ObjectEntry,
  ObjectLostError,
  OwnerDiedError,
  type PrintedBy,
  type ToPeer,
} from '@aktis/core';
import type { HostedActors } from '../actors/hosted-actors.ts';
import type { RemoteActors } from '../actors/remote-actors.ts';
import type { RemoteGroups } from '../groups/remote-groups.ts';
import { ForeignEntry, type ForeignObjects } from '../objects/foreign-objects.ts';
import type { Outcomes } from '../objects/outcomes.ts';
import type { Transfers } from '../objects/transfers.ts';
import type { LocalAnswers } from '../questions/local-answers.ts';
import { decodeFailure, encodeFailure } from '../request-failure.ts';
import type { HostedTasks } from '../tasks/hosted-tasks.ts';
import type { RemoteTasks } from '../tasks/remote-tasks.ts';
import type { Peer } from './peer.ts';
import type { Peers } from './peers.ts';

/** What messages of other nodes are for. */
export interface Rooms {
  readonly node: Node;
  /** What other nodes are answered. */
  readonly answers: LocalAnswers;
  readonly peers: Peers;
  readonly foreign: ForeignObjects;
  readonly outcomes: Outcomes;
  readonly transfers: Transfers;
  readonly remoteTasks: RemoteTasks;
  readonly hostedTasks: HostedTasks;
  readonly remoteActors: RemoteActors;
  readonly hostedActors: HostedActors;
  readonly groups: RemoteGroups;
  /** The actor of this node's with that number. */
  actor(id: number): Holdable | undefined;
  /** A job this node has not heard of, with its program. */
  openJob(facts: string): Promise<Job | undefined>;
}

/** Answers with more characters than this go where calls do not wait behind them. */
const BULKY = 64 * 1024;

/** Brings each message of another node to the room it is for. */
export class Switchboard {
  readonly #rooms: Rooms;
  readonly #asked = new Map<number, AskedQuestion>();
  /** Callables whose program is still on its way. */
  readonly #awaited = new WeakMap<Peer, Map<number, Promise<void>>>();
  #requests = 0;

  constructor(rooms: Rooms) {
    this.#rooms = rooms;
  }

  receive(peer: Peer, message: ToPeer): void {
    const { node, foreign, outcomes, transfers, remoteTasks, hostedTasks, remoteActors, hostedActors, groups } =
      this.#rooms;
    switch (message[0]) {
      case NodeOp.Job:
        peer.jobs.set(message[1], this.#rooms.openJob(message[2]));
        break;
      case NodeOp.Define:
        this.#define(peer, message[1], message[2], message[3], message[4]);
        break;
      case NodeOp.Origin:
        hostedTasks.origins.add(peer, message);
        break;
      case NodeOp.Execute:
        this.#execute(peer, message);
        break;
      case NodeOp.CancelRun:
        hostedTasks.cancel(peer, message[1], JSON.parse(message[2]) as CancelSettings);
        break;
      case NodeOp.TakeBack:
        hostedTasks.takeBack(peer, message[1]);
        break;
      case NodeOp.Returned:
        remoteTasks.returned(message[1], message[2]);
        break;
      case NodeOp.Done:
        remoteTasks.done(message);
        break;
      case NodeOp.Failed:
        remoteTasks.failed(message[1], message[2]);
        break;
      case NodeOp.Yield:
        remoteTasks.yielded(message[1], message[2], peer);
        break;
      case NodeOp.Consumed:
        hostedTasks.consumed(peer, message[1], message[2]);
        break;
      case NodeOp.Watch:
        this.#watch(peer, message[1]);
        break;
      case NodeOp.Settled: {
        const entry = foreign.find({ owner: peer.nodeId, id: message[1] }) as ObjectEntry | undefined;
        if (entry !== undefined) outcomes.apply(entry, message[2], peer);
        break;
      }
      case NodeOp.Release:
        peer.handles.release(message[1]);
        break;
      case NodeOp.Borrow:
        this.#borrow(peer, message);
        break;
      case NodeOp.Borrowed:
        this.#borrowed(peer, message);
        break;
      case NodeOp.Drop:
        outcomes.drop(peer, message[1]);
        break;
      case NodeOp.Lost:
        void this.#findAgain(peer, message[1]);
        break;
      case NodeOp.Fetch:
        void transfers.serve(peer, message);
        break;
      case NodeOp.Content:
        transfers.content(peer, message);
        break;
      case NodeOp.Chunk:
        transfers.chunk(message);
        break;
      case NodeOp.Ask:
        void this.#answer(peer, message);
        break;
      case NodeOp.Answer:
        this.#answered(message);
        break;
      case NodeOp.HostActor:
        this.#host(peer, message);
        break;
      case NodeOp.CallActor:
        hostedActors.call(peer, message);
        break;
      case NodeOp.StopActor:
        if (message[1] === '') hostedActors.stop(peer, message[2], message[3]);
        else remoteActors.stop(message[2], message[3]);
        break;
      case NodeOp.ActorState:
        remoteActors.state(peer, message);
        break;
      case NodeOp.Locate:
        remoteActors.locate(peer, message[1]);
        break;
      case NodeOp.Located:
        remoteActors.located(peer, message);
        break;
      case NodeOp.CreateGroup:
        groups.createHere(peer, message);
        break;
      case NodeOp.FollowGroup:
        groups.followed(peer, message[1]);
        break;
      case NodeOp.GroupPlaces:
        groups.places(message);
        break;
      case NodeOp.Reserve:
        groups.reserveFor(peer, message);
        break;
      case NodeOp.Reserved:
        groups.reserved(peer, message);
        break;
      case NodeOp.SettleBundles:
        groups.settle(message);
        break;
      case NodeOp.Log:
        node.logs.print(JSON.parse(message[1]) as PrintedBy, message[2] === 1 ? 'stdout' : 'stderr', message[3]);
        break;
    }
  }

  /**
   * Asks another node what it would answer its own driver, for itself alone; answers are plain data. Rejects with
   * `NodeSilentError` when `limit` (ms) is up.
   */
  ask(peer: Peer, question: string, value: unknown, limit: number): Promise<unknown> {
    const request = this.#requests++;
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#asked.delete(request);
        const late = `Node ${peer.nodeId} did not answer '${question}' within ${limit} ms: it is frozen, or busy. Try again`;
        reject(new NodeSilentError(`${late}, or see listNodes()`));
      }, limit).unref();
      this.#asked.set(request, { peer, timer, resolve, reject });
      peer.send([NodeOp.Ask, request, question, JSON.stringify(value ?? null)]);
    });
  }

  forget(peer: Peer, reason: string): void {
    for (const [request, asked] of this.#asked) {
      if (asked.peer !== peer) continue;
      this.#asked.delete(request);
      clearTimeout(asked.timer);
      asked.reject(new NodeDiedError(`Node ${peer.nodeId} did not answer: ${reason}`));
    }
  }

  #define(peer: Peer, number: number, key: string, options: string, jobId: string): void {
    const { node } = this.#rooms;
    let awaited = this.#awaited.get(peer);
    if (awaited === undefined) this.#awaited.set(peer, (awaited = new Map()));
    const opened = (peer.jobs.get(jobId) ?? Promise.reject(new Error(`job ${jobId} is unknown`))).then(job => {
      peer.foreign[number] = node.foreignCallable(key, options, job);
      awaited.delete(number);
    });
    awaited.set(number, opened);
    opened.catch(() => {});
  }

  #execute(peer: Peer, message: Execute): void {
    const { hostedTasks } = this.#rooms;
    if (peer.foreign[message[2]] instanceof Callable) {
      hostedTasks.execute(peer, message);
      return;
    }
    const opened = this.#awaited.get(peer)?.get(message[2]) ?? Promise.reject(new Error('it was never introduced'));
    hostedTasks.expect(peer, message[1]);
    opened.then(
      () => hostedTasks.execute(peer, message),
      (error: Error) => hostedTasks.refuse(peer, message[1], error),
    );
  }

  /** Calls of an actor whose program is still on its way find it: they come after it on the link, so they wait, too. */
  #host(peer: Peer, message: HostActor): void {
    const { hostedActors } = this.#rooms;
    const callable = peer.foreign[message[2]];
    if (callable !== undefined) {
      hostedActors.create(peer, callable, message);
      return;
    }
    const opened = this.#awaited.get(peer)?.get(message[2]) ?? Promise.reject(new Error('it was never introduced'));
    peer.pauseUntil(
      opened.then(
        () => hostedActors.create(peer, peer.foreign[message[2]] as Callable, message),
        (error: Error) => hostedActors.refuse(peer, message[1], error),
      ),
    );
  }

  #watch(peer: Peer, id: number): void {
    const { node, outcomes } = this.#rooms;
    const entry = peer.handles.get(id) as ObjectEntry | undefined;
    if (entry === undefined) {
      const failure = Failure.of(new ObjectLostError('Its owner does not know the object any more'));
      peer.send([NodeOp.Settled, id, [2, ...failure.toWire(node.codec)]]);
      return;
    }
    entry.wait({
      settled: () => {
        const outcome = outcomes.of(entry, peer);
        if (entry.failure !== undefined) entry.failure.seen = true;
        if (outcome !== null) peer.send([NodeOp.Settled, id, outcome]);
      },
    });
  }

  /** A borrower found no copy where this node, the owner, had said there was one. */
  async #findAgain(peer: Peer, id: number): Promise<void> {
    const { node, outcomes } = this.#rooms;
    const entry = peer.handles.get(id) as ObjectEntry | undefined;
    try {
      if (entry === undefined) throw new ObjectLostError('Its owner does not know the object any more');
      await node.store.read([entry], () => {
        const outcome = outcomes.of(entry, peer);
        if (outcome !== null) peer.send([NodeOp.Settled, id, outcome]);
      });
    } catch (error) {
      const failure = Failure.of(error as ObjectLostError);
      peer.send([NodeOp.Settled, id, [2, ...failure.toWire(node.codec)]]);
    }
  }

  #borrow(peer: Peer, [, id, via]: Borrow): void {
    const item = via === '' ? this.#rooms.actor(id) : this.#lentTo(via, id);
    if (item !== undefined) peer.hold(item);
    peer.send([NodeOp.Borrowed, id, via, item === undefined ? 0 : 1]);
  }

  /**
   * What that node has a handle on. It may have got it from a third one itself and not be known as a borrower yet; then
   * whoever it came from is, and keeps it for the others.
   */
  #lentTo(nodeId: string, id: number): Holdable | undefined {
    const { peers } = this.#rooms;
    const item = peers.known(nodeId)?.handles.get(id);
    if (item !== undefined) return item;
    for (const { handles } of peers.all()) {
      const lent = handles.get(id);
      if (lent !== undefined) return lent;
    }
    return undefined;
  }

  #borrowed(peer: Peer, [, id, via, ok]: Borrowed): void {
    const { foreign } = this.#rooms;
    if (ok === 0 || via === '') return;
    const item = foreign.find({ owner: peer.nodeId, id });
    if (item === undefined) peer.send([NodeOp.Release, [id, 1]]);
    else foreign.registered(item, peer, (other, counts) => other.send([NodeOp.Release, counts]));
  }

  async #answer(peer: Peer, [, request, question, value]: NodeAsk): Promise<void> {
    try {
      const answer = JSON.stringify((await this.#rooms.answers.of(question, JSON.parse(value))) ?? null);
      const message = [NodeOp.Answer, request, 1, answer] as const;
      if (answer.length > BULKY) peer.sendBulk(message);
      else peer.send(message);
    } catch (error) {
      peer.send([NodeOp.Answer, request, 0, encodeFailure(error)]);
    }
  }

  #answered([, request, ok, value]: NodeAnswer): void {
    const asked = this.#asked.get(request);
    if (asked === undefined) return;
    this.#asked.delete(request);
    clearTimeout(asked.timer);
    if (ok === 1) asked.resolve(JSON.parse(value));
    else asked.reject(decodeFailure(value));
  }
}

/** A question on its way. */
interface AskedQuestion {
  readonly peer: Peer;
  readonly timer: NodeJS.Timeout;
  resolve(value: unknown): void;
  reject(error: Error): void;
}

/** What stands for an object of another node's that was not known here yet. */
export function foreignEntry(
  rooms: () => Rooms,
  localId: number,
  name: { readonly owner: string; readonly id: number },
): Holdable {
  const { node, peers } = rooms();
  const entry = new ForeignEntry(localId, name, () => {
    const peer = peers.living(name.owner);
    if (peer === undefined) entry.fail(Failure.of(ownerGone(name.owner)));
    else peer.send([NodeOp.Watch, name.id]);
  });
  if (name.owner === node.id) entry.fail(Failure.of(new ObjectLostError('The object is not known any more')));
  return entry as ObjectEntry;
}

export function ownerGone(nodeId: string): OwnerDiedError {
  return new OwnerDiedError(`The object belonged to node ${nodeId}, which is gone`);
}
