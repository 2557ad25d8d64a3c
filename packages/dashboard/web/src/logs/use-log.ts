import { useEffect, useReducer, useRef } from 'preact/hooks';
import type { LogLine, LogLines } from '../../../src/api-types.ts';
import { ask, messageOf } from '../data/api.ts';
import { connection } from '../data/live.ts';
import { isVisible } from '../data/visible.ts';
import { LineBuffer } from './line-buffer.ts';

/** Whose lines: of one task, actor, worker, node or job; with nothing, all. */
export type LogSource = Readonly<Partial<Record<'taskId' | 'actorId' | 'workerId' | 'nodeId' | 'jobId', string>>>;

const TAIL = 2000;

export interface Log {
  readonly lines: readonly LogLine[];
  readonly forgotten: number;
  readonly isLoaded: boolean;
  readonly failure: string | undefined;
}

/** What has been printed, and, while `follows`, what is being printed. Lines are shown once per frame, however many come. */
export function useLog(source: LogSource, follows: boolean): Log {
  const [, redraw] = useReducer<number, void>(count => count + 1, 0);
  const query = new URLSearchParams(source as Record<string, string>).toString();
  const state = useRef({
    query: '',
    buffer: new LineBuffer(),
    isLoaded: false,
    failure: undefined as string | undefined,
  });
  if (state.current.query !== query) {
    state.current = { query, buffer: new LineBuffer(), isLoaded: false, failure: undefined };
  }
  // When the connection is back, what was missed is asked for.
  const isConnected = connection.value !== 'lost' && isVisible.value;

  useEffect(() => {
    const { current } = state;
    if (!isConnected) return;
    const abort = new AbortController();
    let frame = 0;
    const show = () => {
      frame ||= requestAnimationFrame(() => {
        frame = 0;
        redraw();
      });
    };
    ask<LogLines>(`logs?${query}${query && '&'}tail=${TAIL}`, { signal: abort.signal }).then(
      ({ lines }) => {
        current.buffer.add(lines);
        Object.assign(current, { isLoaded: true, failure: undefined });
        show();
      },
      error => {
        if (abort.signal.aborted) return;
        current.failure = messageOf(error);
        show();
      },
    );
    const stream = follows ? new EventSource(`api/logs/stream?${query}`) : undefined;
    if (stream) {
      stream.onmessage = ({ data }) => {
        current.buffer.add([JSON.parse(data) as LogLine]);
        show();
      };
    }
    return () => {
      abort.abort();
      stream?.close();
      cancelAnimationFrame(frame);
    };
  }, [query, follows, isConnected]);

  const { buffer, isLoaded, failure } = state.current;
  return { lines: buffer.lines, forgotten: buffer.forgotten, isLoaded, failure };
}
