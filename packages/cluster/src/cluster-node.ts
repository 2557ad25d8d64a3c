import { hostname } from 'node:os';
import { ActorManager } from '@aktis/actors';
import {
  type Elsewhere,
  Failure,
  type Job,
  type Node,
  NodeDiedError,
  NodeOp,
  type ObjectEntry,
  publicId,
  ReferenceKind,
} from '@aktis/core';
import { connectTcp, listenTcp, type TcpListener, type TcpSecurity } from '@aktis/transport/tcp';
import { ActorDirectory } from './actors/actor-directory.ts';
import { HostedActors } from './actors/hosted-actors.ts';
import { RemoteActors } from './actors/remote-actors.ts';
import type { ControlStore } from './control-store.ts';
import { depart } from './drain/departure.ts';
import type { DrainRequest } from './drain/drain-request.ts';
import { TAKE_BACK, takeBack } from './drain/evacuation.ts';
import { RemoteGroups } from './groups/remote-groups.ts';
import { type Clock, type Member, Membership, type MembershipTiming } from './membership/index.ts';
import { ForeignEntry, ForeignObjects } from './objects/foreign-objects.ts';
import { Lineage } from './objects/lineage.ts';
import { Outcomes } from './objects/outcomes.ts';
import { RemoteCopies } from './objects/remote-copies.ts';
import { Transfers } from './objects/transfers.ts';
import type { Peer } from './peers/peer.ts';
import { ONLY_A_LINK_MS, Peers } from './peers/peers.ts';
import { askForStoreViews, STORE_VIEW, storeViewFor } from './peers/store-views.ts';
import { foreignEntry, ownerGone, type Rooms, Switchboard } from './peers/switchboard.ts';
import { Translation } from './peers/translation.ts';
import { declareClusterQuestions } from './questions/cluster-questions.ts';
import { FanOut } from './questions/fan-out.ts';
import { LocalAnswers } from './questions/local-answers.ts';
import { serveQuestions } from './questions/question-service.ts';
import type { NodeRecord } from './records.ts';
import { Placer } from './scheduling/index.ts';
import { fingerprintOf } from './session/certificate.ts';
import { HostedTasks } from './tasks/hosted-tasks.ts';
import { RemoteTasks } from './tasks/remote-tasks.ts';
import { version } from './version.ts';
import type { Wire } from './wire.ts';

/** The program of this node's own driver, and those of others'. */
export interface Programs {
  /** Hash of the bundle others can load; undefined: they have the same files. */
  readonly own: string | undefined;
  /** URL of a module file with that bundle. */
  file(hash: string): Promise<string>;
}

export interface ClusterNodeOptions {
  readonly store: ControlStore;
  readonly security: TcpSecurity;
  readonly kind: 'node' | 'driver';
  /** Listen address of links. Default 127.0.0.1. */
  readonly host?: string;
  readonly name?: string;
  readonly isHead?: boolean;
  readonly programs?: Programs;
  readonly timing?: Partial<MembershipTiming>;
  /** For tests, like `wire`: time as this node sees it. */
  readonly clock?: Clock;
  readonly wire?: Wire;
}

/** The question of an actor's owner to the node it lives on: end it when it has answered its calls. */
const RETIRE = 'retireActor';
/** What takes as long as a call does ends at the latest with the node that is asked. */
const NO_LIMIT_MS = 2 ** 31 - 1;

/** A node that is a member of a cluster. */
export class ClusterNode {
  readonly node: Node;
  readonly membership: Membership;
  /** What the others are told when it leaves. */
  farewell: string;
  readonly #fanOut: FanOut;

  private constructor(node: Node, membership: Membership, fanOut: FanOut) {
    this.node = node;
    this.membership = membership;
    this.#fanOut = fanOut;
    this.farewell = membership.self.kind === 'driver' ? 'its driver ended' : 'it was stopped';
  }

  get record(): NodeRecord {
    return this.membership.self;
  }

  /**
   * Lets the node leave in good order: from now on it gets no new work, and its actors that may restart move elsewhere.
   * `gone` resolves when nothing is left here, or at the deadline with the names of what still is; the node is still a
   * member then, and is to be ended.
   */
  async drain({ reason, deadline }: DrainRequest): Promise<{ readonly gone: Promise<string[]> }> {
    const endsAt = performance.now() + deadline;
    const until = new Date(Date.now() + deadline).toISOString();
    await this.membership.setDraining({ reason, deadline: until });
    const manager = this.node.extensions.find(extension => extension instanceof ActorManager) as ActorManager;
    const { nodeId } = this.record;
    const neighbours = {
      takeBack: async () => {
        await this.#fanOut.askAll(TAKE_BACK, nodeId, Math.max(1, endsAt - performance.now()));
      },
    };
    return { gone: depart(this.node, manager, neighbours, endsAt) };
  }

  /** Makes `node` a member of the cluster whose store this is. The node leaves when it ends. */
  static async join(node: Node, options: ClusterNodeOptions): Promise<ClusterNode> {
    const { store, security, kind, host = '127.0.0.1', wire } = options;
    const answers = new LocalAnswers(node);
    const placer = new Placer({ id: node.id, pool: node.scheduler.pool, labels: node.options.labels ?? {} });
    // Each of the rooms is known to the others only when all are built.
    let rooms!: Rooms;
    let membership: Membership | undefined;
    const foreign = new ForeignObjects((peer, counts) => peer.send([NodeOp.Release, counts]));
    const identity = { nodeId: node.id, version };

    const home = {
      receive: (peer: Peer, message: Parameters<Switchboard['receive']>[1]) => switchboard.receive(peer, message),
      lost: (peer: Peer, { message, expected }: { message: string; expected: boolean }) => {
        peerGone(peer, message);
        if (!expected) membership?.linkLost(peer.nodeId, message);
      },
      standing: () => membership?.standing() ?? true,
      describe: (job: Job | undefined) => describe(node, job, options.programs?.own),
    };
    const dial = (nodeId: string) => async (channel: 'calls' | 'bulk') => {
      const record = membership?.get(nodeId)?.record;
      if (record === undefined) throw new Error(`node ${nodeId} is no member of the cluster`);
      wire?.dial(nodeId);
      const at = record.address.lastIndexOf(':');
      const expect = record.fingerprint === undefined ? { nodeId } : { nodeId, fingerprint: record.fingerprint };
      const [address, port] = [record.address.slice(0, at), Number(record.address.slice(at + 1))];
      const { link } = await connectTcp({ host: address, port, channel, identity, security, expect });
      link.unref();
      return wire?.through(link, nodeId) ?? link;
    };
    const peers = new Peers(home, dial, nodeId => membership?.get(nodeId) !== undefined);
    const translation = new Translation(
      node.id,
      foreign,
      (kind, name, [className, methods, limit]) => {
        if (kind === ReferenceKind.Object) return foreignEntry(() => rooms, node.ids.take(), name);
        const callable = node.foreignCallable(`#${className}`, JSON.stringify({ maxPendingCalls: limit }));
        const id = publicId(name.owner, name.id);
        return manager.foreign(callable, methods as string, id, actor =>
          remoteActors.borrow(actor, name.owner, name.id),
        );
      },
      (_item, { owner, id }, via) => peers.living(owner)?.send([NodeOp.Borrow, id, via.nodeId]),
    );
    const transfers = new Transfers(
      node,
      peers,
      translation,
      (peer, { owner, id }) => {
        const own = owner === node.id;
        const item = own ? peer.handles.get(id) : (outcomes.kept(owner, id) ?? foreign.find({ owner, id }));
        return item as ObjectEntry | undefined;
      },
      ({ owner, id }) => outcomes.kept(owner, id),
    );
    const lineage = new Lineage(node);
    const outcomes = new Outcomes(
      node,
      foreign,
      translation,
      (name, bytes, nodes) =>
        new RemoteCopies(
          name,
          bytes,
          nodes,
          (of, from) => transfers.pull(of, from),
          async (entry, error) => {
            if (!(entry instanceof ForeignEntry)) return lineage.make(entry, error);
            return askOwnerAgain(entry, name, nodes);
          },
        ),
    );
    const groups = new RemoteGroups({
      node,
      peers,
      placer,
      isDriver: kind === 'driver',
      ask: (peer, question, value, limit) => switchboard.ask(peer, question, value, limit),
    });
    const hostedTasks = new HostedTasks(node, translation, outcomes);
    const remoteTasks = new RemoteTasks(node, peers, placer, groups, translation, outcomes, lineage);
    const manager = node.extensions.find(extension => extension instanceof ActorManager) as ActorManager;
    const remoteActors = new RemoteActors({
      node,
      manager,
      peers,
      placer,
      groups,
      translation,
      outcomes,
      tasks: remoteTasks,
      directory: new ActorDirectory(store, node.id, nodeId => membership?.get(nodeId) !== undefined),
      isDriver: kind === 'driver',
      openJob,
      retire: async (nodeId, ownerId, id) => {
        const peer = peers.living(nodeId);
        if (peer !== undefined) await switchboard.ask(peer, RETIRE, { ownerId, id }, NO_LIMIT_MS);
      },
      hosted: (ownerId, id) => hostedActors.find(ownerId, id),
      hasDrained: nodeId => membership?.record(nodeId)?.drain !== undefined,
      jobFacts: actor => describe(node, actor.callable.job, options.programs?.own).facts,
    });
    const hostedActors = new HostedActors(node, manager, translation, foreign, hostedTasks);
    hostedActors.follow = (actor, ownerId, id) => remoteActors.follow(actor, ownerId, id);
    remoteActors.onChanged = actor => hostedActors.changed(actor);
    manager.elsewhere = remoteActors;
    rooms = {
      node,
      answers,
      peers,
      foreign,
      outcomes,
      transfers,
      remoteTasks,
      hostedTasks,
      remoteActors,
      hostedActors,
      groups,
      openJob,
      actor: id => manager.actors.get(id)?.token,
    };
    const switchboard = new Switchboard(rooms);

    async function openJob(text: string): Promise<Job | undefined> {
      const { code, ...facts } = JSON.parse(text) as Omit<Job, 'bundle'> & { code?: string };
      if (facts.nodeId === node.id) return undefined;
      return { ...facts, bundle: code === undefined ? undefined : await options.programs?.file(code) };
    }

    /** The owner is told that no copy is left where it said, and finds or makes another. */
    async function askOwnerAgain(
      entry: ForeignEntry,
      { owner, id }: { owner: string; id: number },
      nodes: readonly string[],
    ) {
      const peer = peers.living(owner);
      if (peer === undefined) throw ownerGone(owner);
      entry.reopenWatched();
      peer.send([NodeOp.Lost, id, nodes]);
      await new Promise<void>(resolve => entry.wait({ settled: () => resolve() }));
      if (entry.failure !== undefined) throw entry.failure.toError(node.codec);
      // The store is waiting for this very answer, so it cannot be asked to bring the object.
      return entry.source === null ? (entry.payload ?? '') : entry.source.fetch(entry as ObjectEntry);
    }

    function peerGone(peer: Peer, reason: string): void {
      placer.gone(peer.nodeId);
      transfers.forget(peer);
      switchboard.forget(peer, reason);
      hostedTasks.ownerDied(peer);
      hostedActors.ownerDied(peer);
      remoteActors.nodeGone(peer);
      groups.nodeGone(peer, reason);
      outcomes.drop(peer);
      for (const item of foreign.ownedBy(peer.nodeId)) {
        if (item instanceof ForeignEntry && !item.isSettled) item.fail(Failure.of(ownerGone(peer.nodeId)));
      }
      endJobsOf(node, manager, peer.nodeId);
      const isFree = membership?.record(peer.nodeId)?.drain !== undefined;
      remoteTasks.nodeDied(peer, `is gone: ${reason}`, isFree);
      outcomes.away.forget(peer.nodeId);
      remoteActors.rehome(peer, `node ${peer.nodeId}, which is gone: ${reason}`);
      remoteTasks.roomChanged();
      setTimeout(() => onlyALink(peer), ONLY_A_LINK_MS).unref();
    }

    /** Nothing was sent to that node since its link broke; if it lives, work may go there again. */
    function onlyALink(peer: Peer): void {
      const member = membership?.get(peer.nodeId);
      if (member === undefined || node.isEnding) return;
      placer.told(member);
      remoteTasks.roomChanged();
      remoteActors.roomChanged();
    }

    const listener = await listenTcp({
      host,
      identity,
      security,
      onLink(link, { nodeId, channel }) {
        link.unref();
        if (membership?.record(nodeId)?.state === 'DEAD') link.close('this node takes the other for dead');
        else peers.accepted(nodeId, channel).accept(channel, wire?.through(link, nodeId) ?? link);
      },
    });
    listener.unref();
    // The queues that exist hold what was submitted before; they are offered when the first node is known.
    node.elsewhere = remoteTasks satisfies Elsewhere;
    node.placementGroups.elsewhere = groups;
    membership = await Membership.join({
      store,
      record: recordOf(node, options, listener),
      load: () => ({ available: node.scheduler.pool.available, waiting: [...node.scheduler.waiting()].length }),
      ...(options.timing && { timing: options.timing }),
      ...(options.clock && { clock: options.clock }),
      warn: text => node.logs.warn(text),
      askPeers: () => {
        const others = [...(membership?.living() ?? [])].map(({ record }) => record.nodeId);
        return askForStoreViews(
          others.filter(nodeId => nodeId !== node.id),
          node.id,
          (nodeId, question, value, limit) => {
            const peer = peers.living(nodeId);
            if (peer === undefined) throw new NodeDiedError(`Node ${nodeId} is no member`);
            return switchboard.ask(peer, question, value, limit);
          },
        );
      },
    }).catch(async error => {
      await listener.close();
      throw error;
    });
    const joined = membership;
    node.state.peers = () => peers.all();
    node.questions.set(STORE_VIEW, (askerId: string) => storeViewFor(joined, askerId));
    const roomChanged = () => {
      remoteTasks.roomChanged();
      remoteActors.roomChanged();
    };
    groups.onRoom = roomChanged;
    const told = (member: Member) => {
      placer.told(member);
      groups.memberChanged(member.record.nodeId);
      roomChanged();
      groups.roomChanged();
    };
    for (const member of joined.living()) placer.told(member);
    joined.on({
      joined: told,
      changed: told,
      died(record) {
        placer.gone(record.nodeId);
        const peer = peers.known(record.nodeId);
        if (peer?.isGone === false) peer.close(`node ${record.name} was declared dead: ${record.deathReason ?? ''}`);
        roomChanged();
        groups.roomChanged();
        if (kind === 'node') {
          remoteActors.adoptOrphans(record.nodeId).catch(error => {
            node.logs.warn(`The detached actors of node ${record.name} could not be taken over: ${error.message}`);
          });
        }
      },
      fenced: reason => void node.shutdown(`the cluster declared this node dead: ${reason}`),
    });
    node.scheduler.onChanged = () => {
      placer.localChanged();
      groups.roomChanged();
      joined.loadChanged();
    };
    roomChanged();
    node.onEnd(async () => {
      // What this node still has to say (that actors end, that tasks are cancelled) goes out first.
      await new Promise(resolve => setImmediate(resolve));
      await joined.leave(clusterNode.farewell);
      peers.close('the node has left the cluster');
      await listener.close();
    });
    const peer = (nodeId: string) => peers.living(nodeId);
    const ask: Switchboard['ask'] = (...asked) => switchboard.ask(...asked);
    const fanOut = new FanOut({ local: answers, membership: joined, peer, ask });
    const clusterNode = new ClusterNode(node, joined, fanOut);
    await acquainted(joined);
    declareClusterQuestions(answers, { node, store, membership: joined, fanOut });
    if (kind === 'node') node.onEnd(serveQuestions(store, node));
    node.questions.set(TAKE_BACK, async (nodeId: string) => {
      if (nodeId !== node.id) await takeBack({ node, foreign, outcomes, remoteActors }, nodeId);
      return null;
    });
    node.questions.set(RETIRE, async ({ ownerId, id }: { ownerId: string; id: number }) => {
      await hostedActors.retire(ownerId, id);
      return null;
    });
    return clusterNode;
  }
}

/** How long a new node waits for the first words of those that were there before. */
const ACQUAINTANCE_MS = 500;

/** Work goes only to nodes that have been heard of; they answer in no time, those that do not are suspect for a reason. */
async function acquainted(membership: Membership): Promise<void> {
  const strangers = () => [...membership.living()].some(({ isSuspect }) => isSuspect);
  if (!strangers()) return;
  await new Promise<void>(resolve => {
    const timer = setTimeout(done, ACQUAINTANCE_MS);
    const end = membership.on({ changed: () => !strangers() && done(), died: () => !strangers() && done() });
    function done(): void {
      clearTimeout(timer);
      end();
      resolve();
    }
  });
}

/** What a driver started ends with it, except detached actors. */
function endJobsOf(node: Node, manager: ActorManager, driverId: string): void {
  for (const task of node.tasks.unfinished.all()) {
    if (task.callable.job?.nodeId !== driverId) continue;
    task.route.cancel(task, { force: task.route.interruptible, recursive: true, grace: 0 });
  }
  for (const actor of [...manager.actors.values()]) {
    const { job, options } = actor.callable;
    if (job?.nodeId === driverId && options.lifetime !== 'detached') manager.kill(actor, true);
  }
}

function describe(node: Node, job: Job | undefined, own: string | undefined): { id: string; facts: string } {
  if (job !== undefined) {
    const { bundle, ...facts } = job;
    return { id: job.id, facts: JSON.stringify({ ...facts, code: bundle === undefined ? undefined : codeOf(bundle) }) };
  }
  const { namespace = '', runtimeEnv } = node.options;
  const argv = process.argv.slice(2);
  return {
    id: node.jobId,
    facts: JSON.stringify({ id: node.jobId, namespace, nodeId: node.id, runtimeEnv, argv, code: own }),
  };
}

/** The hash in the name of a cached bundle's file. */
function codeOf(bundle: string): string | undefined {
  return /\/([0-9a-f]{64})-[0-9a-f]+\.mjs/.exec(bundle)?.[1];
}

function recordOf(
  node: Node,
  { kind, name, isHead = false, security: { tls } }: ClusterNodeOptions,
  listener: TcpListener,
): NodeRecord {
  return {
    nodeId: node.id,
    name: name ?? node.options.labels?.name ?? hostname(),
    pid: process.pid,
    host: hostname(),
    address: `${listener.host}:${listener.port}`,
    state: 'ALIVE',
    isHead,
    kind,
    ...(kind === 'driver' && { jobId: node.jobId }),
    total: node.scheduler.pool.total,
    labels: node.options.labels ?? {},
    startedAt: node.startedAt.toISOString(),
    version,
    ...(tls !== undefined && { fingerprint: fingerprintOf(tls.cert) }),
  };
}
