import { setTimeout } from 'node:timers/promises';
import { AktisError, type LogAnswer, type LogLine } from '@aktis/core';
import type { Session } from '../session/session.ts';
import type { LogTarget } from './log-target.ts';

/** As many lines as a node tells at a time. */
const MOST = 10_000;
const POLL_MS = 300;

export interface LogOptions {
  readonly tail: number;
  /** Only lines that contain this, in any case. */
  readonly search?: string | undefined;
  readonly follow: boolean;
}

/** The last lines of a log; with `follow` also those that come, until nothing can come any more. */
export async function* readLog(
  { source }: Session,
  { query, isWanted, title }: LogTarget,
  { tail, search, follow }: LogOptions,
): AsyncGenerator<LogLine> {
  const wanted = search?.toLowerCase();
  const matches = (line: LogLine) =>
    isWanted(line) && (wanted === undefined || line.text.toLowerCase().includes(wanted));
  // What nodes leave out is not searched; so they are asked for all they have.
  let answer = await source.ask<LogAnswer>('log', { ...query, tail: MOST });
  if (!answer.known) throw new AktisError(`No node knows ${title} (any more); see "aktis logs"`);
  if (answer.dropped > 0 && answer.lines.length < tail) {
    console.error(`${answer.dropped} older lines have been forgotten`);
  }
  const lines = answer.lines.filter(matches);
  yield* lines.slice(Math.max(0, lines.length - tail));
  while (follow && !answer.ended) {
    await setTimeout(POLL_MS);
    const next = await unlessGone(source.ask<LogAnswer>('log', { ...query, tail: MOST, after: answer.last }));
    if (next === undefined) return;
    answer = { ...next, last: { ...answer.last, ...next.last } };
    yield* answer.lines.filter(matches);
  }
}

/** Undefined: the program has ended, and with it its log; one that hangs is another matter. */
async function unlessGone<T>(answer: Promise<T>): Promise<T | undefined> {
  try {
    return await answer;
  } catch (error) {
    const { code, cause } = error as { code?: string; cause?: Error };
    if (code !== 'ERR_AKTIS_CLUSTER_UNREACHABLE' || cause === undefined || cause.name === 'TimeoutError') throw error;
    console.error('The program has ended');
    return undefined;
  }
}
