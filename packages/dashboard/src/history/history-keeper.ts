import { clearTimeout, setTimeout } from 'node:timers';
import type { NodeNews, NodeSeries, StateRecords } from '@aktis/core';
import type { Ask } from '../source.ts';
import { Source } from '../source.ts';
import type { HistoryBatch, KeptResource, SessionFacts } from './history-batch.ts';
import type { HistoryClient } from './history-client.ts';

const INTERVAL_MS = 1_000;
/** Between looks while there is more to write down than one batch takes. */
const SHORT_INTERVAL_MS = 100;
const LONGEST_INTERVAL_MS = 10_000;
/** A look that took so long is followed by so many times as much rest. */
const REST = 20;
/** Tasks in one batch. */
const BATCH = 5_000;
/** What is left when the session ends is written within this time. */
const FAREWELL_MS = 3_000;
/** Looks between two at what costs more, or changes all the time. */
const RARELY = 10;
/** With nothing else to tell, charts are told so rarely. */
const QUIET_LOOKS = 5;

/** What the history keeps, and how often it is looked at. */
const OFTEN: readonly KeptResource[] = ['jobs', 'actors', 'placementGroups'];
const SELDOM: readonly KeptResource[] = ['nodes', 'workers'];

/**
 * Looks once a second at what has happened in a session, and has it written down. Nothing on the path of a call knows of
 * it: it reads what nodes remember anyway, and says how much had been forgotten before it came. A look that costs more
 * is followed by a longer pause.
 */
export class HistoryKeeper {
  readonly #source: Source;
  readonly #client: HistoryClient;
  readonly #warn: (text: string) => void;
  readonly #told = new Map<KeptResource, string>();
  #after: Record<string, number> = {};
  #sampledUntil = 0;
  #looks = 0;
  #quietLooks = 0;
  /** Milliseconds the last look took, without the writing. */
  #cost = 0;
  #timer: NodeJS.Timeout | undefined;
  #looking: Promise<boolean> = Promise.resolve(false);
  #hasStopped = false;

  constructor(ask: Ask, client: HistoryClient, warn: (text: string) => void) {
    this.#source = new Source(ask);
    this.#client = client;
    this.#warn = warn;
  }

  /** Resolves once the file is there. */
  async begin(facts: SessionFacts): Promise<void> {
    await this.#client.begin(facts);
    this.#rest(INTERVAL_MS);
  }

  /** Writes down what is left, as far as time permits. */
  async end(): Promise<void> {
    clearTimeout(this.#timer);
    await this.#looking;
    const limit = performance.now() + FAREWELL_MS;
    for (let hasMore = true; hasMore && !this.#hasStopped && performance.now() < limit; ) {
      hasMore = await this.look(true);
    }
    if (!this.#hasStopped) await this.#client.end(Date.now()).catch(error => this.#stop(error));
    this.#hasStopped = true;
  }

  #rest(milliseconds: number): void {
    this.#timer = setTimeout(() => {
      this.#looking = this.look();
      void this.#looking.then(hasMore => {
        if (this.#hasStopped) return;
        const least = hasMore ? SHORT_INTERVAL_MS : INTERVAL_MS;
        this.#rest(Math.min(Math.max(REST * this.#cost, least), LONGEST_INTERVAL_MS));
      });
    }, milliseconds).unref();
  }

  /** Resolves to whether there is more than one batch takes. */
  async look(isLast = false): Promise<boolean> {
    if (this.#hasStopped) return false;
    const isRare = isLast || this.#looks++ % RARELY === 0;
    const began = performance.now();
    let batch: HistoryBatch;
    let news: readonly NodeNews[];
    try {
      news = await this.#source.ask<NodeNews[]>('taskNews', { after: { ...this.#after }, limit: BATCH });
      const ended = news.flatMap(({ ended }) => ended);
      const records = await this.#records(isRare ? [...OFTEN, ...SELDOM] : OFTEN);
      const isQuiet = ended.length === 0 && Object.keys(records).length === 0;
      this.#quietLooks = isQuiet && !isRare ? this.#quietLooks + 1 : 0;
      if (this.#quietLooks % QUIET_LOOKS > 0) return false;
      batch = {
        at: Date.now(),
        ended,
        running: news.flatMap(({ running }) => running),
        missed: news.reduce((sum, { missed }) => sum + missed, 0),
        records,
        series: await this.#series(),
      };
    } catch {
      // Nobody answers, for the moment or for good: there is nothing to write down.
      return false;
    } finally {
      this.#cost = performance.now() - began;
    }
    try {
      await this.#client.write(batch);
    } catch (error) {
      this.#stop(error as Error);
      return false;
    }
    for (const { nodeId, next } of news) this.#after[nodeId] = next;
    return news.some(({ hasMore }) => hasMore);
  }

  /** Of these resources, those in which something is different. */
  async #records(resources: readonly KeptResource[]): Promise<HistoryBatch['records']> {
    const records: { [R in KeptResource]?: readonly StateRecords[R][] } = {};
    for (const resource of resources) {
      const { items } = await this.#source.list(resource, { limit: 10_000, detail: true });
      const text = JSON.stringify(items);
      if (text === (this.#told.get(resource) ?? '[]')) continue;
      this.#told.set(resource, text);
      Object.assign(records, { [resource]: items });
    }
    return records;
  }

  async #series(): Promise<readonly NodeSeries[]> {
    const series = await this.#source.ask<NodeSeries[]>('series', { since: this.#sampledUntil });
    const lasts = series.map(({ at }) => at.at(-1) ?? 0).filter(at => at > 0);
    // The slowest clock counts: what is told twice is kept once.
    if (lasts.length > 0) this.#sampledUntil = Math.min(...lasts);
    return series;
  }

  #stop(error: Error): void {
    if (this.#hasStopped) return;
    this.#hasStopped = true;
    this.#warn(`The history of this session ends here: ${error.message}. Is the disk full? The session itself goes on`);
  }
}
