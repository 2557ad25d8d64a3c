import { setTimeout } from 'node:timers';
import type { LogAnswer, LogInfo, LogQuery } from '@aktis/core';
import { mergeLogs } from '@aktis/core/hub';
import type { FanOut } from './fan-out.ts';

/** What waits for a task or an actor asks again after so long: it may have begun to run elsewhere. */
const LONGEST_WAIT_MS = 1_000;
/** When one has news, others may have some, too. */
const GATHER_MS = 50;
const LIMIT_MS = 2_000;
const DEFAULT_TAIL = 100;

/** One log of what all nodes have of it. A worker's is on its node. */
export async function clusterLog(fanOut: FanOut, query: LogQuery): Promise<LogAnswer> {
  const { workerId, tail = DEFAULT_TAIL, after } = query;
  if (typeof workerId === 'string') {
    return fanOut.askOne<LogAnswer>(fanOut.nodeOf(workerId), 'log', query, LIMIT_MS + (query.wait ?? 0));
  }
  const wait = Math.min(query.wait ?? 0, LONGEST_WAIT_MS);
  const partials: LogAnswer[] = [];
  let isComplete = false;
  await new Promise<void>((resolve, reject) => {
    const told = (answer: LogAnswer) => {
      partials.push(answer);
      // The others may have nothing new for long.
      if (wait > 0 && answer.lines.length > 0) setTimeout(resolve, GATHER_MS);
    };
    fanOut.askEach<LogAnswer>('log', { ...query, wait }, LIMIT_MS + wait, told).then(() => {
      isComplete = true;
      resolve();
    }, reject);
  });
  const { lines, last, ended, ...merged } = mergeLogs([...partials]);
  return {
    ...merged,
    lines: after === undefined ? lines.slice(Math.max(0, lines.length - tail)) : lines,
    last: { ...after, ...last },
    ended: ended && isComplete,
  };
}

export async function clusterLogs(fanOut: FanOut): Promise<LogInfo[]> {
  const { of } = await fanOut.askAll<LogInfo[]>('logs', null);
  return [...of.values()].flat();
}
