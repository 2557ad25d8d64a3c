import { useEffect, useState } from 'preact/hooks';
import { ask, messageOf, RequestFailed } from './api.ts';
import { refreshes } from './refresh.ts';

/** What a page knows of something it asked for. A newer failure does not take away an older answer. */
export interface Answered<Answer> {
  readonly answer: Answer | undefined;
  readonly failure: string | undefined;
  readonly isMissing: boolean;
  readonly at: number;
}

const NOTHING: Answered<never> = { answer: undefined, failure: undefined, isMissing: false, at: 0 };

/**
 * Asks for `path` (undefined: not now), and again every so many milliseconds while the page is visible, and when the
 * reader wants everything fresh.
 */
export function useAnswer<Answer>(path: string | undefined, every?: number): Answered<Answer> {
  const [known, setKnown] = useState<Answered<Answer> & { path?: string | undefined }>(NOTHING);
  const round = refreshes.value;

  // A new round asks again.
  useEffect(() => {
    if (path === undefined) return;
    const abort = new AbortController();
    let timer: ReturnType<typeof setTimeout> | undefined;
    const load = async () => {
      if (!document.hidden) {
        try {
          const answer = await ask<Answer>(path, { signal: abort.signal });
          setKnown({ path, answer, failure: undefined, isMissing: false, at: Date.now() });
        } catch (error) {
          if (abort.signal.aborted) return;
          const isMissing = error instanceof RequestFailed && error.status === 404;
          setKnown(before => ({
            path,
            answer: before.path === path ? before.answer : undefined,
            failure: messageOf(error),
            isMissing,
            at: before.at,
          }));
        }
      }
      if (every !== undefined && !abort.signal.aborted) timer = setTimeout(load, every);
    };
    void load();
    return () => {
      abort.abort();
      clearTimeout(timer);
    };
  }, [path, every, round]);

  return known.path === path ? known : NOTHING;
}
