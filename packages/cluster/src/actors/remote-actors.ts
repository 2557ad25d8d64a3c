import type { Actor, ActorManager, ActorsElsewhere, RemoteHome } from '@aktis/actors';
import type { ActorStateMessage, Job, Node } from '@aktis/core';
import type { RemoteGroups } from '../groups/remote-groups.ts';
import type { Outcomes } from '../objects/outcomes.ts';
import type { Peer } from '../peers/peer.ts';
import type { Peers } from '../peers/peers.ts';
import type { Translation } from '../peers/translation.ts';
import type { Placer } from '../scheduling/index.ts';
import type { RemoteTasks } from '../tasks/remote-tasks.ts';
import type { ActorDirectory } from './actor-directory.ts';
import { ActorHandOver } from './actor-hand-over.ts';
import { ActorPlacement } from './actor-placement.ts';
import { ActorWatchers } from './actor-watchers.ts';
import { AwaitedActors } from './awaited-actors.ts';
import { BorrowedActors } from './borrowed-actors.ts';
import { ClusterNames } from './cluster-names.ts';
import { GivenActors } from './given-actors.ts';
import type { HostedActors } from './hosted-actors.ts';
import { adoptOrphans } from './orphans.ts';
import { OwnedActors } from './owned-actors.ts';
import type { Relinquished } from './retirement.ts';

interface Parts {
  readonly node: Node;
  readonly manager: ActorManager;
  readonly peers: Peers;
  readonly placer: Placer;
  readonly groups: RemoteGroups;
  readonly translation: Translation;
  readonly outcomes: Outcomes;
  readonly tasks: RemoteTasks;
  readonly hosted: HostedActors;
  readonly directory: ActorDirectory;
  readonly isDriver: boolean;
  /** Asks a node to end the actor that `ownerId` calls `id` there, once it has answered its calls. */
  retire(nodeId: string, ownerId: string, id: number): Promise<void>;
  /** Asks a node to give back the actor of this node's that may wait there. */
  relinquish(nodeId: string, id: number): Promise<Relinquished>;
  /** Whether a node that is gone had drained. */
  hasDrained(nodeId: string): boolean;
  /** JSON of a job's facts, as other nodes are told them; undefined: this node's own. */
  jobFacts(job: Job | undefined): string;
  openJob(facts: string): Promise<Job | undefined>;
}

/** The other nodes, as the actors of this one see them: where actors of its own live, and how to reach those of others. */
export class RemoteActors implements ActorsElsewhere {
  readonly owned: OwnedActors;
  readonly borrowed: BorrowedActors;
  readonly #parts: Parts;
  readonly #placement: ActorPlacement;
  readonly #given: GivenActors;
  readonly #names: ClusterNames;
  readonly #watchers: ActorWatchers;
  readonly #awaited = new AwaitedActors();

  constructor(parts: Parts) {
    const { node, manager, peers, tasks, directory, hosted, isDriver, retire, relinquish, jobFacts } = parts;
    const placement = new ActorPlacement(node, parts.placer, parts.groups, tasks);
    const handOver = new ActorHandOver(node, parts.translation, parts.outcomes);
    const borrowed = new BorrowedActors({ node, manager, peers, tasks, directory, hosted });
    const moved = (actor: Actor) => {
      this.#watchers.tell(actor);
      this.#names.restarted(actor);
    };
    this.owned = new OwnedActors({ node, manager, peers, tasks, placement, handOver, moved, retire, relinquish });
    this.#watchers = new ActorWatchers(node, manager, actor => this.owned.nodeOf(actor));
    this.borrowed = borrowed;
    this.#given = new GivenActors({ node, manager, peers, placement, handOver, borrowed, directory });
    this.#names = new ClusterNames({ node, manager, directory, borrowed, isDriver, jobFacts });
    this.#placement = placement;
    this.#parts = parts;
  }

  // ── what the actors of this node ask ───────────────────────────────────────────────────────────────────────────

  homeFor(actor: Actor): RemoteHome | null {
    const { node, isDriver } = this.#parts;
    this.#placement.assertPossible(actor);
    // It belongs to the node it lives on: its creator may end.
    if (actor.callable.options.lifetime === 'detached' && isDriver) return this.#given.give(actor);
    const nodeId = this.#placement.first(actor);
    if (nodeId !== node.id) return this.owned.place(actor, nodeId);
    this.owned.watchWaiting();
    // Those who were told last that it had left another node wait to hear of it.
    this.#watchers.tell(actor);
    return null;
  }

  claimName(actor: Actor): Promise<RemoteHome | null> {
    return this.#names.claim(actor);
  }

  freeName(actor: Actor): void {
    this.#names.free(actor);
  }

  takenNames() {
    return this.#names.taken();
  }

  find(namespace: string, name: string): Promise<Actor | null> {
    return this.#names.find(namespace, name);
  }

  changed(actor: Actor): void {
    this.#parts.hosted.changed(actor);
    if (actor.state === 'restarting') this.#names.restarted(actor);
    if (actor.death !== null) this.#watchers.tell(actor);
  }

  // ── what other nodes say ───────────────────────────────────────────────────────────────────────────────────────

  /** Of an actor that this node has given them. */
  state(peer: Peer, message: ActorStateMessage): void {
    if (!this.#given.state(peer, message)) this.owned.state(peer, message);
  }

  /** They ask to end an actor of this node's. */
  stop(id: number, how: 0 | 1 | 2): void {
    const { manager } = this.#parts;
    this.#awaited.whenHere(id, () => {
      const actor = manager.actors.get(id);
      if (actor !== undefined && how !== 0) manager.kill(actor, how === 2);
    });
  }

  /** `peer` asks where an actor of this node's lives, now and from now on. */
  locate(peer: Peer, id: number): void {
    this.#awaited.whenHere(id, () => this.#watchers.locate(peer, id));
  }

  /** Before the calls that were under way are dealt with: nothing more goes there. */
  nodeGone(peer: Peer): void {
    this.owned.nodeGone(peer);
    this.borrowed.nodeGone(peer);
    this.#watchers.forget(peer);
  }

  /** Then: what lived there comes back elsewhere, or is dead. */
  rehome(peer: Peer, where: string): void {
    this.#given.nodeGone(peer, where);
    this.owned.rehome(where);
    this.borrowed.ownerGone(peer);
  }

  /** A node joined, or has something free. */
  roomChanged(): void {
    this.owned.roomChanged();
    this.#given.roomChanged();
  }

  /** Some nodes are dead: what they kept comes back, perhaps here. */
  adoptOrphans(): Promise<void> {
    return adoptOrphans({ ...this.#parts, placement: this.#placement, awaited: this.#awaited });
  }
}
