import type { MemoryStats, NodeSeries, ResourceMap, StateRecords, StateResource, TraceEvent } from '@aktis/core';
import type { MetricInfo, NodeStateInfo, StateAnswer, StateSummaries } from './api-types.ts';
import { Refusal } from './refusal.ts';

/** Asks a node, or a cluster, one of the questions that nodes answer. Undefined: it does not know the question. */
export type Ask = (question: string, value?: unknown) => Promise<unknown>;

/** A query as it travels; what it names is checked by who answers. */
export interface ListQuery {
  readonly filters?: readonly (readonly [key: string, operator: string, value: string])[];
  readonly limit?: number;
  readonly offset?: number;
  readonly sort?: string;
  readonly detail?: boolean;
}

/** The questions the dashboard asks, with the types of their answers. */
export class Source {
  readonly #ask: Ask;

  constructor(ask: Ask) {
    this.#ask = ask;
  }

  list<R extends StateResource>(resource: R, query: ListQuery = {}): Promise<StateAnswer<StateRecords[R]>> {
    return this.ask('state', { resource, query });
  }

  summary<R extends keyof StateSummaries>(resource: R, query: ListQuery = {}): Promise<StateSummaries[R]> {
    return this.ask('stateSummary', { resource, query });
  }

  /** With how busy they are; as much as is known of each. */
  async nodes(): Promise<readonly NodeStateInfo[]> {
    return (await this.list('nodes', { limit: 10_000 })).items;
  }

  async resources(): Promise<{ total: ResourceMap; available: ResourceMap }> {
    const [total, available] = await Promise.all([
      this.ask<ResourceMap>('clusterResources'),
      this.ask<ResourceMap>('availableResources'),
    ]);
    return { total, available };
  }

  store(): Promise<MemoryStats> {
    return this.ask('memoryStats');
  }

  userMetrics(): Promise<readonly MetricInfo[]> {
    return this.ask('metrics');
  }

  timeline(): Promise<readonly TraceEvent[]> {
    return this.ask('timeline');
  }

  /** What nodes measured before anybody looked. */
  series(): Promise<readonly NodeSeries[]> {
    return this.ask('series', {});
  }

  async ask<Answer>(question: string, value: unknown = null): Promise<Answer> {
    const answer = await this.#ask(question, value);
    if (answer !== undefined) return answer as Answer;
    throw new Refusal(501, 'NOT_SUPPORTED', `This session does not answer the question '${question}'`);
  }
}
