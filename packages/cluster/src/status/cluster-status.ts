import type { NodeInfo, ResourceMap } from '@aktis/core';
import { listServers, readClusterFacts, type ServerFacts } from '../cluster-facts.ts';
import type { ControlStore, ControlStoreDescription } from '../control-store.ts';
import { JobTable } from '../jobs/job-table.ts';
import { greets } from '../nats/greeting.ts';
import { nodeInfo } from '../questions/node-records.ts';
import { sum } from '../questions/sum.ts';
import type { ActorRecord, JobRecord, NodeRecord } from '../records.ts';
import { askForReport, type PendingWork } from './node-report.ts';

const GREETING_LIMIT_MS = 1_500;
/** Clocks that are set by NTP differ by less. */
const NOTABLE_MS = 5_000;

/** What `aktis status` tells. */
export interface ClusterStatus {
  readonly clusterId: string;
  readonly address: string;
  readonly dashboardUrl: string | undefined;
  readonly resources: { readonly total: ResourceMap; readonly available: ResourceMap };
  /** Without drivers. Those that died stay for a while, with the reason. */
  readonly nodes: readonly NodeInfo[];
  readonly controlStore: Pick<ControlStoreDescription, 'kind' | 'state' | 'pid'> & {
    readonly servers: readonly ServerStatus[];
  };
  readonly pending: readonly PendingWork[];
  /** Clocks that differ from the one of this machine by more than a few seconds. */
  readonly wrongClocks: readonly WrongClock[];
  readonly jobs: readonly JobRecord[];
  readonly actors: readonly ActorRecord[];
}

/** A node whose times in lists, logs and the timeline do not fit those of others. */
export interface WrongClock {
  readonly nodeId: string;
  readonly name: string;
  /** In milliseconds, by the clock of who asks; negative: it is behind. */
  readonly ahead: number;
}

/** A NATS server of the control store. */
export interface ServerStatus {
  /** `host:port` */
  readonly address: string;
  /** Whether it answered just now. */
  readonly state: 'UP' | 'DOWN';
  /** Of the nats-server, where a node of the cluster runs it. */
  readonly pid?: number;
  /** Name of that node. */
  readonly node?: string;
}

/** Reads the control store, and asks each living node and driver what it has free and what waits there. */
export async function clusterStatus(store: ControlStore, address: string): Promise<ClusterStatus> {
  const [facts, members, jobs, actors, known] = await Promise.all([
    readClusterFacts(store),
    listNodes(store, { all: true }),
    new JobTable(store).list(),
    listActors(store),
    listServers(store),
  ]);
  const asked = statusOfServers((facts.address ?? address).split(','), known);
  const living = members.filter(({ state }) => state !== 'DEAD');
  const askedAt = Date.now();
  const reports = new Map(
    await Promise.all(living.map(async ({ nodeId }) => [nodeId, await askForReport(store, nodeId)] as const)),
  );
  const answeredAt = Date.now();
  const nodes = members.map(info => withAvailable(info, reports.get(info.nodeId)?.available ?? {}));
  const alive = nodes.filter(({ state }) => state !== 'DEAD');
  const { kind, state } = store.description;
  return {
    clusterId: facts.clusterId,
    address: facts.address ?? address,
    dashboardUrl: facts.dashboardUrl,
    resources: {
      total: sum(alive.map(({ resources }) => resources.total)),
      available: sum(alive.map(({ resources }) => resources.available)),
    },
    nodes: nodes.filter(({ kind }) => kind === 'node'),
    controlStore: {
      kind,
      ...(facts.serverPid !== undefined && { pid: facts.serverPid }),
      state,
      servers: await asked,
    },
    pending: [...reports.values()].flatMap(report => report?.pending ?? []),
    wrongClocks: living.flatMap(({ nodeId, name }) => {
      const { time } = reports.get(nodeId) ?? {};
      const ahead = time === undefined ? 0 : aheadOf(time, askedAt, answeredAt);
      return Math.abs(ahead) < NOTABLE_MS ? [] : [{ nodeId, name, ahead }];
    }),
    jobs,
    actors,
  };
}

/** By how much a clock is ahead that said `time` between `from` and `to`; what may be the time under way does not count. */
function aheadOf(time: number, from: number, to: number): number {
  return time > to ? time - to : Math.min(0, time - from);
}

function statusOfServers(addresses: readonly string[], known: readonly ServerFacts[]): Promise<ServerStatus[]> {
  return Promise.all(
    addresses.map(async (address): Promise<ServerStatus> => {
      const state = (await greets(address, GREETING_LIMIT_MS)) ? 'UP' : 'DOWN';
      const { pid, node } = known.find(each => each.address === address) ?? {};
      return { address, state, ...(pid !== undefined && { pid }), ...(node !== undefined && { node }) };
    }),
  );
}

/** The oldest first, the head before all; drivers only with `all`. What they have free is not asked. */
export async function listNodes(store: ControlStore, { all = false } = {}): Promise<NodeInfo[]> {
  const records = (await store.table('nodes').list()).map(({ value }) => JSON.parse(value) as NodeRecord);
  return records
    .filter(({ kind }) => all || kind === 'node')
    .sort((a, b) => Number(b.isHead) - Number(a.isHead) || (a.startedAt < b.startedAt ? -1 : 1))
    .map(record => nodeInfo(record));
}

export async function listActors(store: ControlStore): Promise<ActorRecord[]> {
  return (await store.table('actors').list('id.')).map(({ value }) => JSON.parse(value) as ActorRecord);
}

function withAvailable(info: NodeInfo, available: ResourceMap): NodeInfo {
  return { ...info, resources: { total: info.resources.total, available } };
}
