import type { Answered } from '../data/use-answer.ts';
import { Empty, Failure } from './messages.tsx';

/** Stands where the answer would stand: it loads, it is not known (any more), or it could not be had. */
export function NotThere({ what, id, known }: { what: string; id: string; known: Answered<unknown> }) {
  if (known.isMissing) {
    return (
      <Empty title={`There is no ${what} ${id}.`}>
        It may belong to another session, or have been forgotten: only the newest are kept.
      </Empty>
    );
  }
  if (known.failure !== undefined) return <Failure>{known.failure}</Failure>;
  return <p class="quiet">Loading…</p>;
}
