import { loadavg, totalmem } from 'node:os';
import { getHeapStatistics } from 'node:v8';
import type { NodeStateInfo, NodeUsage } from '../types/state.ts';
import { flag, number, structure, text, time } from './columns.ts';
import type { NodeState, StateNode } from './node-state.ts';
import type { Columns, StateTable } from './state-table.ts';

/** The fields of a node's record. */
export const nodeColumns: Columns<NodeStateInfo, NodeStateInfo> = {
  nodeId: text(({ nodeId }) => nodeId),
  name: text(({ name }) => name),
  kind: text(({ kind }) => kind),
  pid: number(({ pid }) => pid),
  host: text(({ host }) => host),
  address: text(({ address }) => address),
  state: text(({ state }) => state),
  isHead: flag(({ isHead }) => isHead),
  resources: structure(({ resources }) => resources),
  labels: structure(({ labels }) => labels),
  startedAt: time(({ startedAt }) => Date.parse(startedAt)),
  drain: structure(({ drain }) => drain),
  deathReason: text(({ deathReason }) => deathReason),
  diedAt: time(({ diedAt }) => (diedAt === undefined ? undefined : Date.parse(diedAt))),
  usage: structure(({ usage }) => usage),
};

/** The node itself: what it is, and how busy. */
export class NodeTable implements StateTable<NodeStateInfo, NodeStateInfo> {
  readonly idColumn = 'nodeId';
  readonly dropped = 0;
  readonly columns = nodeColumns;
  readonly #node: StateNode;
  readonly #state: NodeState;

  constructor(node: StateNode, state: NodeState) {
    this.#node = node;
    this.#state = state;
  }

  rows(): NodeStateInfo[] {
    return [{ ...this.#state.nodeInfo(), usage: this.#usage() }];
  }

  /** As it was measured last, at most a second ago. */
  #usage(): NodeUsage {
    const sampler = this.#state.sampler;
    const sample = sampler.latest ?? sampler.measure();
    return {
      cpuPercent: sample.cpuPercent,
      memoryBytes: sample.memoryBytes,
      machineMemoryBytes: totalmem(),
      machineMemoryFreeBytes: sample.machineMemoryFreeBytes,
      loadAverage: loadavg()[0] as number,
      heapUsedBytes: sample.heapUsedBytes,
      heapLimitBytes: getHeapStatistics().heap_size_limit,
      eventLoopUtilization: sample.eventLoopUtilization,
      eventLoopDelay: sample.eventLoopDelay,
      objectStore: this.#node.store.statistics,
      workers: this.#node.pool.threads.size,
      actors: this.#state.actors.living,
      tasks: sampler.taskCounts(),
    };
  }
}
