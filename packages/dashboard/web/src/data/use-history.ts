import { useEffect, useState } from 'preact/hooks';
import type { History } from '../../../src/api-types.ts';
import { ask, messageOf } from './api.ts';
import { joinHistory } from './history.ts';
import { endOfPast, isPast, present } from './past.ts';

export interface Range {
  readonly name: string;
  readonly span: number;
  /** So that a chart has about 300 points. */
  readonly resolution: number;
}

const MINUTE = 60_000;
export const RANGES: readonly Range[] = [
  { name: '5 min', span: 5 * MINUTE, resolution: 1000 },
  { name: '30 min', span: 30 * MINUTE, resolution: 5000 },
  { name: '3 h', span: 180 * MINUTE, resolution: 30_000 },
  { name: '24 h', span: 1440 * MINUTE, resolution: 240_000 },
];

export interface KnownHistory {
  readonly history: History | undefined;
  readonly failure: string | undefined;
}

/** The history of `range`; asks only for what is new since the last answer. `path`: `history`, `metrics/history?name=x`. */
export function useHistory(path: string | undefined, range: Range): KnownHistory {
  const [known, setKnown] = useState<KnownHistory & { key?: string }>({ history: undefined, failure: undefined });
  // Of a session that is over, its last minutes; when it ended is known a moment later.
  const end = endOfPast.value;
  const key = `${path} ${range.name} ${end}`;

  useEffect(() => {
    if (path === undefined || (isPast && end === undefined)) return;
    const abort = new AbortController();
    let timer: ReturnType<typeof setTimeout> | undefined;
    let history: History | undefined;
    const load = async () => {
      if (!document.hidden) {
        const from = present() - range.span;
        const since = Math.max(history?.times.at(-1) ?? 0, from);
        const query = `since=${new Date(since).toISOString()}&resolution=${range.resolution}`;
        try {
          const news = await ask<History>(`${path}${path.includes('?') ? '&' : '?'}${query}`, { signal: abort.signal });
          history = joinHistory(history, news, from);
          setKnown({ key, history, failure: undefined });
        } catch (error) {
          if (abort.signal.aborted) return;
          setKnown({ key, history, failure: messageOf(error) });
        }
      }
      if (!abort.signal.aborted && !isPast) timer = setTimeout(load, Math.max(range.resolution, 2000));
    };
    void load();
    return () => {
      abort.abort();
      clearTimeout(timer);
    };
  }, [path, range, key, end]);

  return known.key === key ? known : { history: undefined, failure: undefined };
}
