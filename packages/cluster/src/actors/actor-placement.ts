import type { Actor } from '@aktis/actors';
import { holdsForLife, lifeResources } from '@aktis/actors/hub';
import type { CallableOptions, Node } from '@aktis/core';
import { groupOf, inBundle, ResourceShape } from '@aktis/core/hub';
import type { RemoteGroups } from '../groups/remote-groups.ts';
import type { Placer, Places, SpreadCursor } from '../scheduling/index.ts';
import type { RemoteTasks } from '../tasks/remote-tasks.ts';

/** On which node an actor of this node's is to live. */
export class ActorPlacement {
  readonly #node: Node;
  readonly #placer: Placer;
  readonly #groups: RemoteGroups;
  readonly #tasks: RemoteTasks;
  /** Whose turn it is to get an actor: those that hold nothing would else all go to the same node. */
  readonly #turn: SpreadCursor = { next: 0 };

  constructor(node: Node, placer: Placer, groups: RemoteGroups, tasks: RemoteTasks) {
    this.#node = node;
    this.#placer = placer;
    this.#groups = groups;
    this.#tasks = tasks;
  }

  /** Throws when it asks for a node that is gone. */
  assertPossible({ callable: { options } }: Actor): void {
    const gone = this.#placer.namesGone(options);
    if (gone !== undefined) throw gone;
  }

  /** Whether one like that would start on this node at once. */
  hasRoomHere(actor: Pick<Actor, 'callable'>): boolean {
    const { options } = actor.callable;
    const shape = demandOf(actor);
    if (groupOf(options.schedulingStrategy) !== undefined || !this.#placer.allowsHere(options)) return false;
    return this.#placer.mayWaitHere(options) && this.#node.scheduler.pool.fits(shape);
  }

  /** Where it goes first, perhaps to this very node; undefined: it waits for room elsewhere. */
  first(actor: Actor): string | undefined {
    const { options } = actor.callable;
    const { pool } = this.#node.scheduler;
    const shape = demandOf(actor);
    const places = this.#placesOf(options);
    const isAllowedHere = places !== this.#placer || (this.#placer.allowsHere(options) && pool.couldEverFit(shape));
    const mayLiveHere = isAllowedHere && places.mayWaitHere(options);
    const isRoomHere = places === this.#placer && mayLiveHere && pool.fits(shape);
    const isChoosy = !actor.isAdopted && (options.schedulingStrategy === 'SPREAD' || wishesForLabels(actor));
    if (isRoomHere && !isChoosy) return this.#node.id;
    return this.#best(actor, shape) ?? (mayLiveHere ? this.#node.id : undefined);
  }

  /** Where one may go that cannot simply stay on this node: another, if there is one. */
  elsewhere(actor: Actor): string | undefined {
    const { options } = actor.callable;
    const shape = demandOf(actor);
    const best = this.#best(actor, shape);
    if (best !== this.#node.id || this.#placesOf(options) !== this.#placer) return best;
    const decision = this.#placer.ever(this.#placer.workOf(options, shape), this.#turn);
    return decision.kind === 'place' ? decision.nodeId : undefined;
  }

  /** Where it would start at once. */
  withRoom(actor: Actor): string | undefined {
    return this.#best(actor, demandOf(actor));
  }

  /** So that only as many go to that node as there is room for; returns what takes that back. */
  reserve(actor: Actor, nodeId: string): () => void {
    const places = this.#placesOf(actor.callable.options);
    const shape = demandOf(actor);
    places.take(nodeId, shape);
    return () => places.give(nodeId, shape);
  }

  /** It goes to that node, and holds there what it needs for life; returns what gives that back. */
  take(actor: Actor, nodeId: string): () => void {
    const { options } = actor.callable;
    if (!holdsForLife(options)) return () => {};
    const places = this.#placesOf(options);
    const shape = demandOf(actor);
    places.take(nodeId, shape);
    return () => places.give(nodeId, shape);
  }

  warnIfInfeasible(actor: Actor): void {
    const { options } = actor.callable;
    const shape = demandOf(actor);
    // A placement group says itself why it is not there yet.
    if (groupOf(options.schedulingStrategy) !== undefined || this.#tasks.couldEverFit(shape, options)) return;
    this.#node.logs.warn(
      `actor ${actor} needs ${shape}, but no node of the cluster has that. It stays pending until one joins; ask for less, ` +
        'or start a node that offers it',
    );
  }

  #best({ callable: { options } }: Actor, shape: ResourceShape): string | undefined {
    const places = this.#placesOf(options);
    const holds = holdsForLife(options);
    const work = places.workOf(options, shape);
    // What holds nothing for life can be anywhere, and goes to the nodes in turn.
    const spread = holds || typeof work.strategy === 'object' ? work : { ...work, strategy: 'SPREAD' as const };
    const now = places.now(spread, this.#turn);
    const mayComeLater = now.kind !== 'place' && !holds && places === this.#placer;
    const decision = mayComeLater ? this.#placer.ever(spread, this.#turn) : now;
    return decision.kind === 'place' ? decision.nodeId : undefined;
  }

  #placesOf({ schedulingStrategy }: CallableOptions): Places {
    const group = groupOf(schedulingStrategy);
    if (group === undefined) return this.#placer;
    this.#node.placementGroups.assertLives(group);
    return this.#groups.view(group);
  }
}

function demandOf({ callable: { options } }: Pick<Actor, 'callable'>): ResourceShape {
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
