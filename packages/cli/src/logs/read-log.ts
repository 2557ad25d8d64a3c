import { setTimeout } from 'node:timers/promises';
import {
  AktisError,
  ClusterUnreachableError,
  ControlPlaneUnavailableError,
  type LogAnswer,
  type LogLine,
  type LogQuery,
} from '@aktis/core';
import type { Session } from '../session/session.ts';
import type { LogTarget } from './log-target.ts';

/** As many lines as a node tells at a time. */
const MOST = 10_000;
const POLL_MS = 300;
/** For so long, a cluster may be away while its log is followed. */
const PATIENCE_MS = 30_000;

export interface LogOptions {
  readonly tail: number;
  /** Only lines that contain this, in any case. */
  readonly search?: string | undefined;
  readonly follow: boolean;
}

/** The last lines of a log; with `follow` also those that come, until nothing can come any more. */
export async function* readLog(
  session: Session,
  { query, isWanted, learn, title }: LogTarget,
  { tail, search, follow }: LogOptions,
): AsyncGenerator<LogLine> {
  const wanted = search?.toLowerCase();
  const matching = async ({ lines }: LogAnswer) => {
    await learn?.(lines);
    return lines.filter(line => isWanted(line) && (wanted === undefined || line.text.toLowerCase().includes(wanted)));
  };
  // What nodes leave out is not searched; so they are asked for all they have.
  let answer = await session.source.ask<LogAnswer>('log', { ...query, tail: MOST });
  if (!answer.known) throw new AktisError(`No node knows ${title} (any more); see "aktis logs"`);
  if (answer.dropped > 0 && answer.lines.length < tail) {
    console.error(`${answer.dropped} older lines have been forgotten`);
  }
  const lines = await matching(answer);
  yield* lines.slice(Math.max(0, lines.length - tail));
  while (follow && !answer.ended) {
    await setTimeout(POLL_MS);
    const next = await nextAnswer(session, { ...query, tail: MOST, after: answer.last });
    if (next === undefined) return;
    answer = { ...next, last: { ...answer.last, ...next.last } };
    yield* await matching(answer);
  }
}

/** Undefined: the program has ended, and with it its log. A cluster may be away for a while. */
async function nextAnswer({ source, store }: Session, query: LogQuery): Promise<LogAnswer | undefined> {
  const limit = performance.now() + PATIENCE_MS;
  for (;;) {
    try {
      return await source.ask<LogAnswer>('log', query);
    } catch (error) {
      const { code, cause } = error as { code?: string; cause?: Error };
      if (code !== ClusterUnreachableError.code && code !== ControlPlaneUnavailableError.code) throw error;
      if (store === undefined && cause !== undefined && cause.name !== 'TimeoutError') {
        console.error('The program has ended');
        return undefined;
      }
      if (store === undefined || performance.now() > limit) throw error;
      await setTimeout(POLL_MS);
    }
  }
}
