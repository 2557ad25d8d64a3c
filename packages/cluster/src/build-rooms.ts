import { ActorManager } from '@aktis/actors/hub';
import { type Node, NodeOp, type ObjectEntry, ReferenceKind } from '@aktis/core';
import { ActorDirectory } from './actors/actor-directory.ts';
import { HostedActors } from './actors/hosted-actors.ts';
import { RemoteActors } from './actors/remote-actors.ts';
import { askToRelinquish, askToRetire } from './actors/retirement.ts';
import type { ClusterNodeOptions } from './cluster-node-options.ts';
import { GroupRegister } from './groups/group-register.ts';
import { RemoteGroups } from './groups/remote-groups.ts';
import { JobsOfPeers } from './jobs/jobs-of-peers.ts';
import type { KnownMembers } from './membership/known-members.ts';
import { Borrowing } from './objects/borrowing.ts';
import { CopyDirectory } from './objects/copy-directory.ts';
import { ForeignEntry, ForeignObjects } from './objects/foreign-objects.ts';
import { Lending } from './objects/lending.ts';
import { Lineage } from './objects/lineage.ts';
import { Outcomes } from './objects/outcomes.ts';
import { RemoteCopies } from './objects/remote-copies.ts';
import { Transfers } from './objects/transfers.ts';
import { Introductions } from './peers/introductions.ts';
import type { Links } from './peers/links.ts';
import type { PeerHome } from './peers/peer.ts';
import { peerGone } from './peers/peer-gone.ts';
import { PeerQuestions } from './peers/peer-questions.ts';
import { Peers } from './peers/peers.ts';
import { Switchboard } from './peers/switchboard.ts';
import { Translation } from './peers/translation.ts';
import { LocalAnswers } from './questions/local-answers.ts';
import type { Rooms } from './rooms.ts';
import { Placer } from './scheduling/index.ts';
import { HostedTasks } from './tasks/hosted-tasks.ts';
import { RemoteTasks } from './tasks/remote-tasks.ts';

/**
 * Composes what a node has to do with others. Each room is given those it needs; where two need each other, the first to
 * be built asks for the second when something happens, and nothing does before all are there.
 */
export function buildRooms(node: Node, options: ClusterNodeOptions, members: KnownMembers, links: Links): Rooms {
  const isDriver = options.kind === 'driver';
  const manager = node.extensions.find(extension => extension instanceof ActorManager) as ActorManager;
  const placer = new Placer({ id: node.id, pool: node.scheduler.pool, labels: node.options.labels ?? {} });
  const jobs = new JobsOfPeers(node, options.programs);
  const answers = new LocalAnswers(node);
  const questions = new PeerQuestions(answers);

  const home: PeerHome = {
    receive: (peer, message) => switchboard.receive(peer, message),
    intakeFor: (peer, message, bytes) => switchboard.intakeFor(peer, message, bytes),
    lost: (peer, reason) => {
      peerGone(rooms, members, peer, reason.message);
      members.linkLost(peer.nodeId, reason);
    },
    standing: () => members.standing(),
    describe: job => jobs.describe(job),
  };
  const peers = new Peers(home, (nodeId, channel) => links.dial(nodeId, channel), members);
  const foreign = new ForeignObjects((peer, counts) => peer.send([NodeOp.Release, counts]));
  const borrowing = new Borrowing(node, peers, foreign);
  const translation = new Translation(
    node.id,
    foreign,
    (kind, name, facts) =>
      kind === ReferenceKind.Object ? borrowing.entry(name) : remoteActors.borrowed.token(name, facts),
    (_item, name, via) => borrowing.register(name, via),
  );

  const copies = new CopyDirectory(peers);
  const transfers = new Transfers({
    node,
    peers,
    translation,
    directory: copies,
    find: (peer, { owner, id }) => {
      const own = owner === node.id;
      const item = own ? peer.handles.get(id) : (outcomes.kept(owner, id) ?? foreign.find({ owner, id }));
      return item as ObjectEntry | undefined;
    },
    kept: ({ owner, id }) => outcomes.kept(owner, id),
  });
  const lineage = new Lineage(node);
  const outcomes = new Outcomes(node, foreign, translation, copies, (name, bytes, nodes) => {
    const bring = transfers.bring.bind(transfers);
    return new RemoteCopies(name, bytes, nodes, bring, async (entry, error, demand) =>
      entry instanceof ForeignEntry ? borrowing.askAgain(entry, name, nodes, demand) : lineage.make(entry, error),
    );
  });
  const lending = new Lending(node, peers, outcomes, id => manager.actors.get(id)?.token);

  const ask: PeerQuestions['ask'] = (...asked) => questions.ask(...asked);
  const groups = new RemoteGroups({
    node,
    peers,
    placer,
    isDriver,
    ask,
    register: new GroupRegister(options.store, node.id, nodeId => members.lives(nodeId)),
  });
  const hostedTasks = new HostedTasks(node, translation, outcomes);
  const remoteTasks = new RemoteTasks(node, peers, placer, groups, translation, outcomes, lineage);

  const hostedActors = new HostedActors(node, manager, translation, foreign, hostedTasks);
  const remoteActors = new RemoteActors({
    node,
    manager,
    peers,
    placer,
    groups,
    translation,
    outcomes,
    tasks: remoteTasks,
    hosted: hostedActors,
    directory: new ActorDirectory(options.store, node.id, nodeId => members.lives(nodeId)),
    isDriver,
    relinquish: (nodeId, id) => askToRelinquish(peers, questions, nodeId, { ownerId: node.id, id }),
    retire: (nodeId, ownerId, id) => askToRetire(peers, questions, nodeId, { ownerId, id }),
    hasDrained: nodeId => members.hasDrained(nodeId),
    jobFacts: job => jobs.describe(job).facts,
    openJob: facts => jobs.open(facts),
  });

  const objects = { foreign, borrowing, lending, outcomes, transfers };
  const work = { placer, groups, remoteTasks, hostedTasks, remoteActors, hostedActors };
  const rooms: Rooms = { node, manager, peers, questions, answers, ...objects, ...work };
  const introductions = new Introductions(node, facts => jobs.open(facts));
  const switchboard = new Switchboard(rooms, introductions);
  return rooms;
}
