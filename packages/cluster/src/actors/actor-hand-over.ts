import type { Actor } from '@aktis/actors';
import { type Node, NodeOp, publicId } from '@aktis/core';
import type { Outcomes } from '../objects/outcomes.ts';
import type { Peer } from '../peers/peer.ts';
import type { Translation } from '../peers/translation.ts';

/** Hands actors over to the nodes that shall construct them. */
export class ActorHandOver {
  readonly #node: Node;
  readonly #translation: Translation;
  readonly #outcomes: Outcomes;

  constructor(node: Node, translation: Translation, outcomes: Outcomes) {
    this.#node = node;
    this.#translation = translation;
    this.#outcomes = outcomes;
  }

  /** @param asOwner `peer` is to own it, too, not only to let it live there */
  send(actor: Actor, peer: Peer, asOwner: boolean): void {
    const { args, contains, dependencies, positions } = actor.construction;
    const trace = this.#node.tasks.traces.taken(actor.id);
    const facts = {
      publicId: actor.publicId ?? publicId(this.#node.id, actor.id),
      namespace: actor.namespace,
      restarts: actor.restarts,
      restartsLeft: actor.restartsLeft,
      ...(trace !== undefined && { trace }),
    };
    const pairs =
      dependencies?.flatMap((entry, i) => [
        (positions as readonly number[])[i] as number,
        ...this.#translation.name(entry, peer),
        this.#outcomes.of(entry, peer),
      ]) ?? null;
    const callable = peer.introduce(actor.callable);
    const encoded = this.#translation.outgoing(args, contains, peer);
    const text = JSON.stringify(facts);
    peer.send([NodeOp.HostActor, actor.id, callable, encoded, pairs, actor.methods, text, asOwner ? 1 : 0]);
  }
}
