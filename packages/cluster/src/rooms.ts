import type { ActorManager } from '@aktis/actors';
import type { Node } from '@aktis/core';
import type { HostedActors } from './actors/hosted-actors.ts';
import type { RemoteActors } from './actors/remote-actors.ts';
import type { RemoteGroups } from './groups/remote-groups.ts';
import type { Borrowing } from './objects/borrowing.ts';
import type { ForeignObjects } from './objects/foreign-objects.ts';
import type { Lending } from './objects/lending.ts';
import type { Outcomes } from './objects/outcomes.ts';
import type { Transfers } from './objects/transfers.ts';
import type { PeerQuestions } from './peers/peer-questions.ts';
import type { Peers } from './peers/peers.ts';
import type { LocalAnswers } from './questions/local-answers.ts';
import type { Placer } from './scheduling/index.ts';
import type { HostedTasks } from './tasks/hosted-tasks.ts';
import type { RemoteTasks } from './tasks/remote-tasks.ts';

/** What a node has to do with the other nodes of its cluster, each in a room of its own. */
export interface Rooms {
  readonly node: Node;
  /** Of the node's actors. */
  readonly manager: ActorManager;
  readonly peers: Peers;
  readonly questions: PeerQuestions;
  /** What other nodes are answered. */
  readonly answers: LocalAnswers;
  readonly placer: Placer;
  readonly foreign: ForeignObjects;
  readonly borrowing: Borrowing;
  readonly lending: Lending;
  readonly outcomes: Outcomes;
  readonly transfers: Transfers;
  readonly groups: RemoteGroups;
  readonly remoteTasks: RemoteTasks;
  readonly hostedTasks: HostedTasks;
  readonly remoteActors: RemoteActors;
  readonly hostedActors: HostedActors;
}
