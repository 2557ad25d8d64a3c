import {
  type CancelSettings,
  type Execute,
  type HostActor,
  NodeOp,
  type ObjectEntry,
  type PrintedBy,
  type ToPeer,
} from '@aktis/core';
import type { Intake } from '@aktis/transport';
import type { Rooms } from '../rooms.ts';
import type { Introductions } from './introductions.ts';
import type { Peer } from './peer.ts';

/** Brings each message of another node to the room it is for. */
export class Switchboard {
  readonly #rooms: Rooms;
  readonly #introductions: Introductions;

  constructor(rooms: Rooms, introductions: Introductions) {
    this.#rooms = rooms;
    this.#introductions = introductions;
  }

  receive(peer: Peer, message: ToPeer): void {
    const { node, foreign, borrowing, lending, outcomes, transfers, questions, groups } = this.#rooms;
    const { remoteTasks, hostedTasks, remoteActors, hostedActors } = this.#rooms;
    switch (message[0]) {
      case NodeOp.Job:
        this.#introductions.job(peer, message[1], message[2]);
        break;
      case NodeOp.Define:
        this.#introductions.callable(peer, message[1], message[2], message[3], message[4]);
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
        remoteTasks.returned(message);
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
        lending.watch(peer, message[1]);
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
        lending.lend(peer, message);
        break;
      case NodeOp.Borrowed:
        borrowing.registered(peer, message);
        break;
      case NodeOp.Drop:
        outcomes.drop(peer, message[1]);
        break;
      case NodeOp.Lost:
        void lending.findAgain(peer, message[1]);
        break;
      case NodeOp.Fetch:
        void transfers.serve(peer, message);
        break;
      case NodeOp.Content:
        transfers.content(peer, message);
        break;
      case NodeOp.Chunk:
        transfers.chunk(peer, message);
        break;
      case NodeOp.Copied:
        transfers.copied(peer, message);
        break;
      case NodeOp.Sources:
        transfers.sources(peer, message);
        break;
      case NodeOp.Has:
        transfers.told(peer, message);
        break;
      case NodeOp.Ask:
        void questions.answer(peer, message);
        break;
      case NodeOp.Answer:
        questions.answered(message);
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
        remoteActors.borrowed.located(peer, message);
        break;
      case NodeOp.CreateGroup:
        groups.createHere(peer, message);
        break;
      case NodeOp.FollowGroup:
        groups.followed(peer, message[1], message[2]);
        break;
      case NodeOp.GroupPlaces:
        groups.places(peer, message);
        break;
      case NodeOp.Reserve:
        groups.reserveFor(peer, message);
        break;
      case NodeOp.Reserved:
        groups.reserved(peer, message);
        break;
      case NodeOp.SettleBundles:
        groups.settle(peer, message);
        break;
      case NodeOp.Log:
        node.logs.print(JSON.parse(message[1]) as PrintedBy, message[2] === 1 ? 'stdout' : 'stderr', message[3]);
        break;
    }
  }

  /** Of what is large only pieces of objects have a place before they are here. */
  intakeFor(peer: Peer, message: ToPeer, bytes: number): Intake | undefined {
    return message[0] === NodeOp.Chunk ? this.#rooms.transfers.intakeFor(peer, message, bytes) : undefined;
  }

  /** A task whose program is still on its way waits for it, and what comes behind it does not. */
  #execute(peer: Peer, message: Execute): void {
    const { hostedTasks } = this.#rooms;
    const callable = this.#introductions.find(peer, message[2]);
    if (!(callable instanceof Promise)) {
      hostedTasks.execute(peer, message);
      return;
    }
    hostedTasks.expect(peer, message[1]);
    callable.then(
      () => hostedTasks.execute(peer, message),
      (error: Error) => hostedTasks.refuse(peer, message[1], error),
    );
  }

  /** Calls of an actor whose program is still on its way find it: they come after it on the link, so they wait, too. */
  #host(peer: Peer, message: HostActor): void {
    const { hostedActors } = this.#rooms;
    const callable = this.#introductions.find(peer, message[2]);
    if (!(callable instanceof Promise)) {
      hostedActors.create(peer, callable, message);
      return;
    }
    peer.pauseUntil(
      callable.then(
        introduced => hostedActors.create(peer, introduced, message),
        (error: Error) => hostedActors.refuse(peer, message[1], error),
      ),
    );
  }
}
