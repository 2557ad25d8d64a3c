import type { Actor, ActorManager } from '@aktis/actors';
import { ActorDiedError, Failure, type Node, NodeOp } from '@aktis/core';
import { Codec, noReferences } from '@aktis/transport';
import type { Peer } from '../peers/peer.ts';
import { ActorWatchers } from './actor-watchers.ts';

function setUp() {
  const node = { isEnding: false, codec: new Codec(noReferences) };
  const actors = new Map<number, Partial<Actor>>([[1, { id: 1, death: null, restartsLeft: 2 }]]);
  const sent: (readonly unknown[])[] = [];
  const peer = { isGone: false, send: (message: readonly unknown[]) => sent.push(message) } as unknown as Peer;
  const manager = { actors } as unknown as ActorManager;
  const watchers = new ActorWatchers(node as unknown as Node, manager, () => 'here');
  return { node, actors, sent, peer, watchers };
}

test('who asks is told where the actor lives, and of its death; of one that is not known, that it is dead', () => {
  const { actors, sent, peer, watchers } = setUp();
  watchers.locate(peer, 1);
  expect(sent).toEqual([[NodeOp.Located, 1, 'here', 2, null]]);
  const actor = actors.get(1) as { death: Failure | null };
  actor.death = Failure.of(new ActorDiedError('killed'));
  watchers.tell(actor as Actor);
  watchers.locate(peer, 2);
  expect(sent.slice(1).map(message => [message[1], message[4] === null])).toEqual([
    [1, false],
    [2, false],
  ]);
});

test('a node that ends calls no actor dead: who can restart comes back elsewhere', () => {
  const { node, actors, sent, peer, watchers } = setUp();
  node.isEnding = true;
  (actors.get(1) as { death: Failure }).death = Failure.of(new ActorDiedError('it ended with its node'));
  watchers.locate(peer, 1);
  watchers.locate(peer, 2);
  expect(sent).toEqual([]);
});
