import type { Actor, ActorManager, ActorToken } from '@aktis/actors';
import { ActorDiedError, Failure, type Located, type Node, NodeOp, publicId, type Task } from '@aktis/core';
import { fateOfKeeper, SEARCH_EVERY_MS } from '../keeping/keeper-fate.ts';
import type { ForeignName } from '../objects/foreign-objects.ts';
import type { Peer } from '../peers/peer.ts';
import { ONLY_A_LINK_MS, type Peers } from '../peers/peers.ts';
import type { RemoteTasks } from '../tasks/remote-tasks.ts';
import type { ActorDirectory } from './actor-directory.ts';
import { BorrowedHome, stopMessage } from './borrowed-home.ts';
import type { HostedActors } from './hosted-actors.ts';
import { RelayedCalls } from './relayed-calls.ts';

interface Parts {
  readonly node: Node;
  readonly manager: ActorManager;
  readonly peers: Peers;
  readonly tasks: RemoteTasks;
  readonly directory: ActorDirectory;
  readonly hosted: HostedActors;
}

/** The actors of other nodes' that this node has handles on. Their owners say where they live. */
export class BorrowedActors {
  readonly #parts: Parts;
  readonly #relayed: RelayedCalls;
  readonly #homes = new Set<BorrowedHome>();
  /** By what their owner calls them: who waits to be told where they are. */
  readonly #seekers = new Map<string, Set<BorrowedHome>>();
  /** Whose owner's fate is being found out. */
  readonly #searching = new Set<BorrowedHome>();

  constructor(parts: Parts) {
    this.#parts = parts;
    this.#relayed = new RelayedCalls(parts.node, parts.manager);
  }

  /** What stands here for an actor that this node was sent a handle on. */
  token({ owner, id }: ForeignName, [className, methods, maxPendingCalls]: readonly unknown[]): ActorToken {
    const { node, manager } = this.#parts;
    const callable = node.foreignCallables.get(`#${className}`, JSON.stringify({ maxPendingCalls }));
    return manager.border.foreign(callable, methods as string, publicId(owner, id), actor =>
      this.#borrow(actor, owner, id),
    );
  }

  /** The way to an actor that `owner` calls `id`, for a handle that nobody has sent: the owner is told of it. */
  follow(actor: Actor, owner: string, id: number, foundAs: BorrowedHome['foundAs'] = null): BorrowedHome {
    const home = this.#borrow(actor, owner, id, foundAs);
    const peer = this.#parts.peers.living(owner);
    if (peer !== undefined) askFor(home, peer, id);
    return home;
  }

  #borrow(actor: Actor, owner: string, id: number, foundAs: BorrowedHome['foundAs'] = null): BorrowedHome {
    const home = this.home(actor);
    home.foundAs = foundAs;
    this.locate(home, { owner, id });
    return home;
  }

  /** The home of an actor whose owner is not known yet. */
  home(actor: Actor): BorrowedHome {
    const { manager, peers, tasks } = this.#parts;
    const lost = (task: Task, where: string) => {
      // One that restarts is there again, or will be.
      if (actor.death === null && manager.border.isLastLife(actor)) home.doubt(task, where);
      else manager.border.callLost(task, where);
    };
    const home = new BorrowedHome(actor, tasks, lost, this.#relayed);
    home.onMissed = () => manager.border.flush(actor);
    home.onReturned = () => this.#locateLater(home, SEARCH_EVERY_MS);
    home.stopTarget = how => {
      const { target } = home;
      if (target !== null) peers.living(target.owner)?.send(stopMessage(target.id, target.owner, how));
    };
    this.#homes.add(home);
    return home;
  }

  /** Asks its owner where it lives, which from now on says so whenever that changes. */
  locate(home: BorrowedHome, target: ForeignName): void {
    home.target = target;
    const { owner, id } = target;
    const peer = this.#parts.peers.living(owner);
    if (peer === undefined) {
      void this.#ownerGone(home, target);
      return;
    }
    const key = `${owner}:${id}`;
    let seekers = this.#seekers.get(key);
    if (seekers === undefined) this.#seekers.set(key, (seekers = new Set()));
    seekers.add(home);
    peer.send([NodeOp.Locate, id]);
    // What its owner was told last may have been lost with the link, or with the owner.
    if (home.isUnwanted) home.stopTarget(2);
  }

  /** What the owner says. */
  located(owner: Peer, [, id, nodeId, restartsLeft, death]: Located): void {
    const { manager, peers, node, hosted } = this.#parts;
    for (const home of this.#seekers.get(`${owner.nodeId}:${id}`) ?? []) {
      const { actor } = home;
      if (death !== null) {
        this.#died(home, Failure.fromWire(death));
        continue;
      }
      actor.restartsLeft = restartsLeft;
      const at = nodeId === node.id ? undefined : peers.living(nodeId);
      home.location = at === undefined ? null : { peer: at, owner: owner.nodeId, id };
      home.here = nodeId === node.id ? (hosted.find(owner.nodeId, id) ?? null) : null;
      // It is on a node that this one has not heard of yet, or whose death the owner has not heard of; or on its way here.
      if (nodeId !== '' && !home.isFound) this.#locateLater(home, SEARCH_EVERY_MS);
      for (const [task, where] of home.takeDoubtful()) manager.border.callLost(task, where, true);
      manager.border.flush(actor);
    }
  }

  /** Before the calls that were under way are dealt with: nothing more goes there. */
  nodeGone(peer: Peer): void {
    for (const home of this.#homes) {
      if (home.location?.peer !== peer) continue;
      home.location = null;
      if (home.target?.owner !== peer.nodeId) this.#locateLater(home);
    }
  }

  /** Then: what happens to those it owned. */
  ownerGone(peer: Peer): void {
    for (const home of [...this.#homes]) {
      if (home.target?.owner !== peer.nodeId) continue;
      home.location = home.here = null;
      void this.#ownerGone(home, home.target);
    }
  }

  async #ownerGone(home: BorrowedHome, { owner, id }: ForeignName): Promise<void> {
    const { node, peers, directory } = this.#parts;
    const { actor, foundAs } = home;
    if (this.#searching.has(home)) return;
    this.#searching.add(home);
    const name = actor.name ?? foundAs?.name;
    const namespace = foundAs?.namespace ?? actor.namespace;
    const isWanted = () => !node.isEnding && this.#homes.has(home);
    const find = async () => (name === undefined ? null : await directory.find(namespace, name));
    const fate = await fateOfKeeper(peers, owner, find, isWanted);
    this.#searching.delete(home);
    if (fate === 'died') {
      this.#died(home, Failure.of(new ActorDiedError(`${actor} died with node ${owner}, which owned it`)));
    } else if (fate.kind === 'lives') {
      // With the link it has forgotten that this node has a handle.
      askFor(home, fate.peer, id);
      this.locate(home, { owner, id });
    } else {
      this.locate(home, { owner: fate.record.ownerNodeId, id: fate.record.id });
    }
  }

  #died(home: BorrowedHome, death: Failure): void {
    const { border } = this.#parts.manager;
    this.#forget(home);
    border.died(home.actor, death);
    for (const [task, where] of home.takeDoubtful()) border.callLost(task, where);
  }

  /** Its owner will say where it lives now if it knows of a death; if it was only our link that broke, it knows nothing. */
  #locateLater(home: BorrowedHome, after = ONLY_A_LINK_MS): void {
    const { target } = home;
    setTimeout(() => {
      if (home.location !== null || home.here !== null || home.target !== target || target === null) return;
      if (this.#homes.has(home) && !this.#parts.node.isEnding) this.locate(home, target);
    }, after).unref();
  }

  #forget(home: BorrowedHome): void {
    this.#homes.delete(home);
    for (const seekers of this.#seekers.values()) seekers.delete(home);
  }
}

/** Asks its owner for a handle in the name of this node, which gives it back when it needs the actor no more. */
function askFor(home: BorrowedHome, owner: Peer, id: number): void {
  owner.send([NodeOp.Borrow, id, '']);
  home.release = () => owner.send([NodeOp.Release, [id, 1]]);
}
