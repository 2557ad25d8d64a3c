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
  const lines = answer.lines.filter(matches);
  yield* lines.slice(Math.max(0, lines.length - tail));
  while (follow && !answer.ended) {
    await setTimeout(POLL_MS);
    const next: LogAnswer = await source.ask<LogAnswer>('log', { ...query, tail: MOST, after: answer.last });
    answer = { ...next, last: { ...answer.last, ...next.last } };
    yield* answer.lines.filter(matches);
  }
}
