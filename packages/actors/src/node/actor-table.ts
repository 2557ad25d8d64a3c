import type { ActorInfo, ActorStatus, Column, ErrorInfo, Failure, Node, StateTable } from '@aktis/core';
import { column, RecentList } from '@aktis/core/hub';
import { Actor } from './actor.ts';
import { holdsForLife, lifeResources } from './actor-resources.ts';
import { CallRates } from './call-rates.ts';
import { whyNotAlive } from './pending-actor.ts';

/** How many dead actors are remembered. */
const DEAD = 10_000;

/** What is remembered of a dead actor. */
interface DeadActor
  extends Pick<
    Actor,
    'id' | 'callable' | 'name' | 'namespace' | 'restarts' | 'createdAt' | 'callsDone' | 'callMicroseconds'
  > {
  readonly endedAt: number;
  readonly death: ErrorInfo;
}

type ActorRow = Actor | DeadActor;

export class ActorTable implements StateTable<ActorRow, ActorInfo> {
  readonly idColumn = 'actorId';
  readonly columns: StateTable<ActorRow, ActorInfo>['columns'];
  readonly #node: Node;
  readonly #actors: ReadonlyMap<number, Actor>;
  readonly #dead = new RecentList<DeadActor>(DEAD);
  readonly #rates = new CallRates();

  constructor(node: Node, actors: ReadonlyMap<number, Actor>) {
    this.#node = node;
    this.#actors = actors;
    const workerOf = (row: ActorRow) => (row instanceof Actor ? row.thread?.worker : undefined);
    const whereAlive = (of: (row: ActorRow) => string | number) => (row: ActorRow) =>
      workerOf(row) === undefined ? undefined : of(row);
    this.columns = {
      actorId: column.text(({ id }) => node.state.actorIds.of(id)),
      className: column.text(({ callable }) => callable.definition.name),
      name: column.text(({ name }) => name),
      namespace: column.text(({ namespace }) => namespace),
      state: column.text(statusOf),
      jobId: column.text(({ callable }) => callable.job?.id ?? node.jobId),
      nodeId: column.text(whereAlive(() => node.id) as (row: ActorRow) => string | undefined),
      workerId: column.text(row => workerOf(row)?.workerId),
      pid: column.number(whereAlive(() => process.pid) as (row: ActorRow) => number | undefined),
      detached: column.flag(({ callable }) => callable.options.lifetime === 'detached'),
      restarts: column.number(({ restarts }) => restarts),
      pendingCalls: column.number(row => (row instanceof Actor ? row.calls.size : 0)),
      callsDone: column.number(({ callsDone }) => callsDone),
      callsPerSecond: column.number(row => (row instanceof Actor ? this.#rates.of(row) : 0)),
      meanCallDuration: column.number(row =>
        row.callsDone === 0 ? undefined : row.callMicroseconds / row.callsDone / 1000,
      ),
      createdAt: column.time(({ createdAt }) => createdAt),
      endedAt: column.time(row => (row instanceof Actor ? undefined : row.endedAt)),
      deathCause: column.structure(row => (row instanceof Actor ? undefined : row.death)),
      requiredResources: column.structure(({ callable: { options } }) =>
        holdsForLife(options) ? lifeResources(options) : {},
      ),
      restartsLeft: column.detail(column.number(row => (row instanceof Actor ? row.restartsLeft : 0))),
      maxConcurrency: column.detail(column.number(({ callable }) => callable.options.maxConcurrency ?? 1)),
      reason: column.detail(column.text(row => (row instanceof Actor ? whyNotAlive(row) : undefined))),
    } satisfies Record<keyof ActorInfo, Column<ActorRow>>;
  }

  get dropped(): number {
    return this.#dead.dropped;
  }

  /** Newest first. */
  rows(): ActorRow[] {
    // Those on other nodes are in the lists of those.
    const living = [...this.#actors.values()].filter(({ state, away }) => state !== 'dead' && away === null).reverse();
    return [...living, ...this.#dead];
  }

  buried(
    { id, callable, name, namespace, restarts, createdAt, callsDone, callMicroseconds }: Actor,
    death: Failure,
  ): void {
    this.#dead.add({
      id,
      callable,
      name,
      namespace,
      restarts,
      createdAt,
      callsDone,
      callMicroseconds,
      endedAt: Date.now(),
      death: death.describe(this.#node.codec, false),
    });
  }
}

function statusOf(row: ActorRow): ActorStatus {
  if (!(row instanceof Actor)) return 'DEAD';
  switch (row.state) {
    case 'alive':
    case 'ending':
      return 'ALIVE';
    case 'dead':
      return 'DEAD';
    default:
      if (row.restarts > 0) return 'RESTARTING';
      return row.creation?.state === 'waiting' ? 'DEPENDENCIES_UNREADY' : 'PENDING_CREATION';
  }
}
