import {
  type Actor,
  type ActorManager,
  type ActorsElsewhere,
  holdsForLife,
  lifeResources,
  type RemoteHome,
} from '@aktis/actors';
import {
  ActorDiedError,
  type ActorStateMessage,
  type CallableOptions,
  Failure,
  groupOf,
  inBundle,
  type Job,
  type Located,
  type Node,
  NodeOp,
  publicId,
  ResourceShape,
  type Task,
} from '@aktis/core';
import { mayMove } from '../drain/departure.ts';
import type { RemoteGroups } from '../groups/remote-groups.ts';
import type { Outcomes } from '../objects/outcomes.ts';
import type { Peer } from '../peers/peer.ts';
import { ONLY_A_LINK_MS, type Peers } from '../peers/peers.ts';
import type { Translation } from '../peers/translation.ts';
import type { Placer, Places, SpreadCursor } from '../scheduling/index.ts';
import type { RemoteTasks } from '../tasks/remote-tasks.ts';
import type { ActorDirectory, NamedActor } from './actor-directory.ts';
import { BorrowedHome, stopMessage } from './borrowed-home.ts';
import { OwnedHome } from './owned-home.ts';
import { RelayedCalls } from './relayed-calls.ts';

/** How long, and how often, an actor that must have come back elsewhere is looked for. */
const SEARCH_MS = 15_000;
const SEARCH_EVERY_MS = 200;

/** What a node needs to know to construct a detached actor again; JSON. */
export interface Spec {
  readonly key: string;
  readonly options: string;
  readonly job: string;
  readonly args: string;
  readonly methods: string;
}

interface Parts {
  readonly node: Node;
  readonly manager: ActorManager;
  readonly peers: Peers;
  readonly placer: Placer;
  readonly groups: RemoteGroups;
  readonly translation: Translation;
  readonly outcomes: Outcomes;
  readonly tasks: RemoteTasks;
  readonly directory: ActorDirectory;
  readonly isDriver: boolean;
  /** JSON of the job's facts, as other nodes are told them. */
  jobFacts(actor: Actor): string;
  /** Asks a node to end the actor that `ownerId` calls `id` there, once it has answered its calls. */
  retire(nodeId: string, ownerId: string, id: number): Promise<void>;
  /** The actor `ownerId` calls `id`, if it lives here. */
  hosted(ownerId: string, id: number): Actor | undefined;
  /** Whether a node that is gone had drained. */
  hasDrained(nodeId: string): boolean;
  openJob(facts: string): Promise<Job | undefined>;
}

/** The actors this node has handles on that live on other nodes: its own, and borrowed ones. */
export class RemoteActors implements ActorsElsewhere {
  readonly #parts: Parts;
  readonly #relayed: RelayedCalls;
  readonly #owned = new Map<number, OwnedHome>();
  readonly #unplaced = new Set<OwnedHome>();
  readonly #borrowed = new Set<BorrowedHome>();
  /** By what their owner calls them: who waits to be told where they are. */
  readonly #sought = new Map<string, Set<BorrowedHome>>();
  /** Nodes that want to know where an actor of this node's is. */
  readonly #watchers = new Map<number, Set<Peer>>();
  /** Whose turn it is to get an actor: those that hold nothing would else all go to the same node. */
  readonly #turn: SpreadCursor = { next: 0 };
  /** Told what becomes of actors that live here for others. */
  onChanged: (actor: Actor) => void = () => {};

  constructor(parts: Parts) {
    this.#parts = parts;
    this.#relayed = new RelayedCalls(parts.node, parts.manager);
  }

  // ── where actors of this node's live ───────────────────────────────────────────────────────────────────────────

  homeFor(actor: Actor): RemoteHome | null {
    const { node, placer } = this.#parts;
    const { options } = actor.callable;
    const gone = placer.namesGone(options);
    if (gone !== undefined) throw gone;
    const shape = demandOf(actor);
    if (options.lifetime === 'detached' && this.#parts.isDriver) return this.#give(actor);
    const places = this.#placesOf(options);
    const isAllowedHere = places !== placer || (placer.allowsHere(options) && node.scheduler.pool.couldEverFit(shape));
    const mayLiveHere = isAllowedHere && places.mayWaitHere(options);
    const isRoomHere = places === placer && mayLiveHere && node.scheduler.pool.fits(shape);
    if (isRoomHere && options.schedulingStrategy !== 'SPREAD' && !wishesForLabels(actor)) return null;
    const best = this.#best(actor, shape);
    if (best === node.id || (best === undefined && mayLiveHere)) return null;
    const home = new OwnedHome(actor, this.#parts.tasks, (task, where) => this.#parts.manager.callLost(task, where));
    this.#owned.set(actor.id, home);
    if (best === undefined) {
      this.#unplaced.add(home);
      this.#warnIfInfeasible(actor, shape);
    } else {
      this.#settle(home, best, shape);
    }
    return home;
  }

  /** A node joined, or has something free. */
  roomChanged(): void {
    for (const home of this.#unplaced) {
      if (home.actor.state === 'dead') {
        this.#unplaced.delete(home);
        continue;
      }
      const shape = demandOf(home.actor);
      const best = this.#bestElsewhere(home.actor, shape);
      if (best === undefined) continue;
      this.#unplaced.delete(home);
      if (best === this.#parts.node.id) {
        this.#owned.delete(home.actor.id);
        this.#parts.manager.placeAgain(home.actor);
        continue;
      }
      this.#settle(home, best, shape);
      this.#parts.manager.flush(home.actor);
    }
  }

  #best(actor: Actor, shape: ResourceShape): string | undefined {
    const { placer } = this.#parts;
    const { options } = actor.callable;
    const places = this.#placesOf(options);
    const holds = holdsForLife(options);
    const work = places.workOf(options, shape);
    // What holds nothing for life can be anywhere, and goes to the nodes in turn.
    const spread = holds || typeof work.strategy === 'object' ? work : { ...work, strategy: 'SPREAD' as const };
    const now = places.now(spread, this.#turn);
    const decision = now.kind === 'place' || holds || places !== placer ? now : placer.ever(spread, this.#turn);
    return decision.kind === 'place' ? decision.nodeId : undefined;
  }

  #bestElsewhere(actor: Actor, shape: ResourceShape): string | undefined {
    const { placer, node } = this.#parts;
    const { options } = actor.callable;
    const best = this.#best(actor, shape);
    if (best !== node.id || this.#placesOf(options) !== placer) return best;
    const decision = placer.ever(placer.workOf(options, shape), this.#turn);
    return decision.kind === 'place' ? decision.nodeId : undefined;
  }

  #placesOf({ schedulingStrategy }: CallableOptions): Places {
    const group = groupOf(schedulingStrategy);
    if (group === undefined) return this.#parts.placer;
    this.#parts.node.placementGroups.assertLives(group);
    return this.#parts.groups.view(group);
  }

  #settle(home: OwnedHome, nodeId: string, shape: ResourceShape): void {
    const { peers } = this.#parts;
    const { actor } = home;
    const peer = peers.living(nodeId);
    if (peer === undefined) return;
    if (holdsForLife(actor.callable.options)) {
      const places = this.#placesOf(actor.callable.options);
      places.take(nodeId, shape);
      home.release = () => places.give(nodeId, shape);
    }
    home.onLeft = () => {
      this.#owned.delete(actor.id);
      home.onLeft = () => {};
    };
    this.#sendHost(actor, peer, 0);
    home.location = { peer, owner: this.#parts.node.id, id: actor.id };
    this.#tellWatchers(actor);
  }

  #sendHost(actor: Actor, peer: Peer, detached: 0 | 1): void {
    const { node, translation, outcomes } = this.#parts;
    const { args, contains, dependencies, positions } = actor.construction;
    const trace = node.tasks.traces.taken(actor.id);
    const facts = {
      publicId: publicId(node.id, actor.id),
      namespace: actor.namespace,
      restarts: actor.restarts,
      restartsLeft: actor.restartsLeft,
      ...(trace !== undefined && { trace }),
    };
    const pairs =
      dependencies?.flatMap((entry, i) => [
        (positions as readonly number[])[i] as number,
        ...translation.name(entry, peer),
        outcomes.of(entry, peer),
      ]) ?? null;
    const callable = peer.introduce(actor.callable);
    const encoded = translation.outgoing(args, contains, peer);
    peer.send([NodeOp.HostActor, actor.id, callable, encoded, pairs, actor.methods, JSON.stringify(facts), detached]);
  }

  /** A detached actor belongs to the node it lives on: its creator may end. */
  #give(actor: Actor): RemoteHome {
    const home = this.#newBorrowed(actor);
    const best = this.#bestElsewhere(actor, demandOf(actor));
    const peer = best === undefined ? undefined : this.#parts.peers.living(best);
    if (peer === undefined) {
      const error = new ActorDiedError(`${actor} could not be created: no node of the cluster has room for it now`);
      queueMicrotask(() => this.#parts.manager.diedElsewhere(actor, Failure.of(error)));
      return home;
    }
    this.#adopting.set(actor.id, { home, peer });
    this.#sendHost(actor, peer, 1);
    return home;
  }

  readonly #adopting = new Map<number, { readonly home: BorrowedHome; readonly peer: Peer }>();

  #warnIfInfeasible(actor: Actor, shape: ResourceShape): void {
    const { tasks, node } = this.#parts;
    const { options } = actor.callable;
    // A placement group says itself why it is not there yet.
    if (groupOf(options.schedulingStrategy) !== undefined || tasks.couldEverFit(shape, options)) return;
    node.logs.warn(
      `actor ${actor} needs ${shape}, but no node of the cluster has that. It stays pending until one joins; ask for less, ` +
        'or start a node that offers it',
    );
  }

  /** What its host says of an actor of this node's. */
  state(peer: Peer, [, id, state, restartsLeft, wire]: ActorStateMessage): void {
    const { manager } = this.#parts;
    const adopting = this.#adopting.get(id);
    if (adopting !== undefined) {
      this.#adopting.delete(id);
      const { home } = adopting;
      if (state === 'adopted') {
        home.target = { owner: peer.nodeId, id: restartsLeft };
        this.#locate(home);
      } else if (wire !== null) {
        manager.diedElsewhere(home.actor, Failure.fromWire(wire));
      }
      return;
    }
    const home = this.#owned.get(id);
    if (home === undefined || home.location?.peer !== peer) return;
    if (state === 'restarted') {
      home.actor.restarts++;
      home.actor.restartsLeft = restartsLeft;
      this.#tellWatchers(home.actor);
    } else if (wire !== null) {
      home.left();
      manager.diedElsewhere(home.actor, Failure.fromWire(wire));
    }
  }

  /**
   * Moves the actors of this node's that live on `nodeId` and may be constructed again to other nodes, at no cost to their
   * restarts: calls wait meanwhile. Resolves when they have left.
   */
  async moveFrom(nodeId: string): Promise<void> {
    const leaving = [...this.#owned.values()].filter(
      ({ actor, location }) => location?.peer.nodeId === nodeId && mayMove(actor) && actor.state !== 'dead',
    );
    await Promise.all(leaving.map(home => this.#move(home, nodeId)));
  }

  async #move(home: OwnedHome, nodeId: string): Promise<void> {
    const { manager, node } = this.#parts;
    const { actor } = home;
    this.#moving.add(home);
    home.location = null;
    this.#tellWatchers(actor);
    try {
      await this.#parts.retire(nodeId, node.id, actor.id);
    } catch {
      // That node is gone: so is the actor there.
    }
    this.#moving.delete(home);
    home.left();
    if (actor.restartsLeft >= 0) actor.restartsLeft++;
    manager.homeless(actor, `node ${nodeId}, which is draining`);
  }

  /** They have left one node, and not yet come to another. */
  readonly #moving = new Set<OwnedHome>();

  changed(actor: Actor): void {
    this.onChanged(actor);
    if (actor.death !== null) this.#tellWatchers(actor);
  }

  // ── actors of other nodes' ─────────────────────────────────────────────────────────────────────────────────────

  /** The way to an actor that `owner` calls `id`. */
  borrow(actor: Actor, owner: string, id: number): RemoteHome {
    const home = this.#newBorrowed(actor);
    home.target = { owner, id };
    this.#locate(home);
    return home;
  }

  /** The same, for a handle that nobody has sent: the owner is told of it. */
  follow(actor: Actor, owner: string, id: number): RemoteHome {
    const home = this.borrow(actor, owner, id) as BorrowedHome;
    const peer = this.#parts.peers.living(owner);
    peer?.send([NodeOp.Borrow, id, '']);
    home.release = () => peer?.send([NodeOp.Release, [id, 1]]);
    return home;
  }

  #newBorrowed(actor: Actor): BorrowedHome {
    const lost = (task: Task, where: string) => this.#parts.manager.callLost(task, where);
    const home = new BorrowedHome(actor, this.#parts.tasks, lost, this.#relayed);
    home.onReturned = () => this.#locateLater(home, SEARCH_EVERY_MS);
    home.stopTarget = how => {
      const { target } = home;
      if (target !== null) this.#parts.peers.living(target.owner)?.send(stopMessage(target.id, target.owner, how));
    };
    this.#borrowed.add(home);
    return home;
  }

  #locate(home: BorrowedHome): void {
    const { owner, id } = home.target as { owner: string; id: number };
    const peer = this.#parts.peers.living(owner);
    if (peer === undefined) {
      void this.#ownerGone(home, owner);
      return;
    }
    const key = `${owner}:${id}`;
    let seekers = this.#sought.get(key);
    if (seekers === undefined) this.#sought.set(key, (seekers = new Set()));
    seekers.add(home);
    peer.send([NodeOp.Locate, id]);
  }

  located(peer: Peer, [, id, nodeId, restartsLeft, wire]: Located): void {
    const { manager, peers, node } = this.#parts;
    for (const home of this.#sought.get(`${peer.nodeId}:${id}`) ?? []) {
      const { actor } = home;
      if (wire !== null) {
        this.#forget(home);
        manager.diedElsewhere(actor, Failure.fromWire(wire));
        continue;
      }
      actor.restartsLeft = restartsLeft;
      const at = nodeId === node.id ? undefined : peers.living(nodeId);
      home.location = at === undefined ? null : { peer: at, owner: peer.nodeId, id };
      home.here = nodeId === node.id ? (this.#parts.hosted(peer.nodeId, id) ?? null) : null;
      manager.flush(actor);
    }
  }

  #forget(home: BorrowedHome): void {
    this.#borrowed.delete(home);
    for (const seekers of this.#sought.values()) seekers.delete(home);
  }

  /**
   * The link to its owner is gone. A detached actor comes back under its name, any other died with its owner; if that lives,
   * it is asked again.
   */
  async #ownerGone(home: BorrowedHome, owner: string): Promise<void> {
    const { manager, directory, node, peers } = this.#parts;
    const { actor } = home;
    if (this.#searching.has(home)) return;
    this.#searching.add(home);
    const name = actor.name ?? this.#names.get(actor)?.name;
    const namespace = this.#names.get(actor)?.namespace ?? actor.namespace;
    for (let waited = 0; waited < SEARCH_MS && !node.isEnding && this.#borrowed.has(home); waited += SEARCH_EVERY_MS) {
      const record = name === undefined ? null : await directory.find(namespace, name).catch(() => null);
      if (record !== null && record.ownerNodeId !== owner) {
        home.target = { owner: record.ownerNodeId, id: record.id };
        this.#searching.delete(home);
        this.#locate(home);
        return;
      }
      const peer = peers.living(owner);
      if (peer === undefined && name === undefined) break;
      if (peer !== undefined && waited >= ONLY_A_LINK_MS) {
        this.#searching.delete(home);
        this.#borrowAgain(home, peer);
        this.#locate(home);
        return;
      }
      await new Promise(resolve => setTimeout(resolve, SEARCH_EVERY_MS).unref());
    }
    this.#searching.delete(home);
    this.#forget(home);
    manager.diedElsewhere(actor, Failure.of(new ActorDiedError(`${actor} died with node ${owner}, which owned it`)));
  }

  /** Whose owner's fate is being found out. */
  readonly #searching = new Set<BorrowedHome>();

  /** The owner has forgotten, with the link, that this node has a handle. */
  #borrowAgain(home: BorrowedHome, peer: Peer): void {
    const { id } = home.target as { id: number };
    peer.send([NodeOp.Borrow, id, '']);
    home.release = () => peer.send([NodeOp.Release, [id, 1]]);
  }

  /** Its owner will say where it lives now if it knows of a death; if it was only our link that broke, it knows nothing. */
  #locateLater(home: BorrowedHome, after = ONLY_A_LINK_MS): void {
    const { target } = home;
    setTimeout(() => {
      if (home.location !== null || home.here !== null || home.target !== target || target === null) return;
      if (this.#borrowed.has(home) && !this.#parts.node.isEnding) this.#locate(home);
    }, after).unref();
  }

  /** Under which names borrowed actors were found. */
  readonly #names = new WeakMap<Actor, { readonly name: string; readonly namespace: string }>();

  // ── where others ask about actors of this node's ───────────────────────────────────────────────────────────────

  locate(peer: Peer, id: number): void {
    const { manager, node } = this.#parts;
    const actor = manager.actors.get(id);
    if (actor === undefined) {
      const failure = Failure.of(new ActorDiedError('The actor has ended')).toWire(node.codec);
      peer.send([NodeOp.Located, id, '', 0, failure]);
      return;
    }
    let watchers = this.#watchers.get(id);
    if (watchers === undefined) this.#watchers.set(id, (watchers = new Set()));
    watchers.add(peer);
    this.#tell(peer, actor);
  }

  #tellWatchers(actor: Actor): void {
    // With a node that ends its actors end, too. Others learn of it as of any death: a detached one comes back elsewhere.
    if (this.#parts.node.isEnding) return;
    for (const peer of this.#watchers.get(actor.id) ?? []) if (!peer.isGone) this.#tell(peer, actor);
    if (actor.death !== null) this.#watchers.delete(actor.id);
  }

  #tell(peer: Peer, actor: Actor): void {
    const { node } = this.#parts;
    if (actor.death !== null) {
      peer.send([NodeOp.Located, actor.id, '', 0, actor.death.toWire(node.codec)]);
      return;
    }
    const home = this.#owned.get(actor.id);
    // Nowhere, while it is on its way.
    const nodeId = home === undefined ? node.id : (home.location?.peer.nodeId ?? '');
    peer.send([NodeOp.Located, actor.id, nodeId, actor.restartsLeft, null]);
  }

  /** Another node asks to end an actor of this node's. */
  stop(id: number, how: 0 | 1 | 2): void {
    const actor = this.#parts.manager.actors.get(id);
    if (actor !== undefined && how !== 0) this.#parts.manager.kill(actor, how === 2);
  }

  // ── names ──────────────────────────────────────────────────────────────────────────────────────────────────────

  async claimName(actor: Actor): Promise<RemoteHome | null> {
    const { directory, node, isDriver } = this.#parts;
    // Who will own it claims it.
    if (actor.callable.options.lifetime === 'detached' && isDriver) {
      const existing = await directory.find(actor.namespace, actor.name as string);
      return existing === null ? null : this.#homeOf(actor, existing);
    }
    const existing = await directory.claim(actor, actor.callable.job?.id ?? node.jobId, this.#specOf(actor));
    return existing === null || existing.ownerNodeId === node.id ? null : this.#homeOf(actor, existing);
  }

  freeName(actor: Actor): void {
    // A detached actor outlives its node: another one takes it over, by its name.
    if (this.#parts.node.isEnding && actor.callable.options.lifetime === 'detached') return;
    this.#parts.directory.free(actor).catch(() => {});
  }

  async find(namespace: string, name: string): Promise<Actor | null> {
    const { directory, manager, node } = this.#parts;
    const record = await directory.find(namespace, name);
    if (record === null) return null;
    if (record.ownerNodeId === node.id) return manager.actors.get(record.id) ?? null;
    const callable = node.foreignCallable(record.key, JSON.stringify({ maxPendingCalls: record.maxPendingCalls }));
    let found!: Actor;
    manager.foreign(callable, record.methods, record.actorId, actor => {
      found = actor;
      return this.#homeOf(actor, record);
    });
    return found;
  }

  #homeOf(actor: Actor, record: NamedActor): RemoteHome {
    this.#names.set(actor, { name: record.name as string, namespace: record.namespace });
    actor.publicId = record.actorId;
    return this.follow(actor, record.ownerNodeId, record.id);
  }

  #specOf(actor: Actor): string | undefined {
    const { args, dependencies } = actor.construction;
    if (actor.callable.options.lifetime !== 'detached' || typeof args !== 'string' || dependencies !== null)
      return undefined;
    const spec: Spec = {
      key: actor.callable.definition.key,
      options: actor.callable.wire,
      job: this.#parts.jobFacts(actor),
      args,
      methods: actor.methods,
    };
    return JSON.stringify(spec);
  }

  /** The detached actors of a node that died come to life again on the first of the others that takes them. */
  async adoptOrphans(nodeId: string): Promise<void> {
    const { directory, node, manager } = this.#parts;
    for await (const record of directory.orphans(nodeId)) {
      const { key, options, job, args, methods } = JSON.parse(record.spec as string) as Spec;
      if ((JSON.parse(options) as { maxRestarts?: number }).maxRestarts === undefined) continue;
      const callable = node.foreignCallable(key, options, await this.#parts.openJob(job));
      const construction = { args, contains: null, dependencies: null, positions: null };
      const actor = manager.adopt(callable, construction, methods);
      actor.restarts++;
      // To be taken over from a node that left in good order is no failure.
      if (actor.restartsLeft > 0 && !this.#parts.hasDrained(nodeId)) actor.restartsLeft--;
    }
  }

  // ── deaths ─────────────────────────────────────────────────────────────────────────────────────────────────────

  /** Before the calls that were under way are dealt with: nothing more goes there. */
  nodeGone(peer: Peer): void {
    for (const home of [...this.#owned.values(), ...this.#borrowed]) {
      if (home.location?.peer !== peer) continue;
      home.location = null;
      if (home instanceof BorrowedHome && home.target?.owner !== peer.nodeId) this.#locateLater(home);
    }
    for (const watchers of this.#watchers.values()) watchers.delete(peer);
  }

  /** Then: what lived there comes back elsewhere, or is dead. */
  rehome(peer: Peer, where: string): void {
    const { manager } = this.#parts;
    for (const [id, { home, peer: host }] of [...this.#adopting]) {
      if (host !== peer) continue;
      this.#adopting.delete(id);
      manager.diedElsewhere(home.actor, Failure.of(new ActorDiedError(`${home.actor} died: it was on ${where}`)));
    }
    for (const home of [...this.#owned.values()]) {
      if (home.location !== null || this.#unplaced.has(home) || this.#moving.has(home)) continue;
      home.left();
      manager.homeless(home.actor, where);
    }
    for (const home of [...this.#borrowed]) {
      if (home.target?.owner !== peer.nodeId) continue;
      home.location = home.here = null;
      void this.#ownerGone(home, peer.nodeId);
    }
  }
}

function demandOf({ callable: { options } }: Actor): ResourceShape {
  const { schedulingStrategy: strategy } = options;
  const index = typeof strategy === 'object' && 'placementGroup' in strategy ? (strategy.bundleIndex ?? -1) : undefined;
  if (holdsForLife(options)) return ResourceShape.of(inBundle(lifeResources(options), index ?? -1));
  if (index !== undefined) return ResourceShape.NONE;
  return options.numCpus === 0 ? ResourceShape.NONE : ResourceShape.ONE_CPU;
}

/** An actor that should rather live on a node with certain labels than here. */
function wishesForLabels({ callable: { options } }: Actor): boolean {
  const { schedulingStrategy: strategy } = options;
  return typeof strategy === 'object' && 'labels' in strategy && strategy.labels.soft !== undefined;
}
