import { status } from '../data/live.ts';
import { href } from '../route.ts';
import { count } from '../text/numbers.ts';
import { Ago } from '../widgets/now.tsx';

const STATES = { RUNNING: 'still runs', ENDED: 'has ended', DIED: 'ended without a word' };

/** Says on every page that this is not the present. */
export function PastBanner() {
  const past = status.value?.past;
  if (past === undefined) return null;
  const { entrypoint, state, seenAt, tasks } = past;
  return (
    <div class="notice" role="status">
      <span>
        What was written down of <strong class="mono">{entrypoint.split('/').at(-1)}</strong>, which {STATES[state]} and
        was seen last <Ago time={seenAt} />.
        {tasks.missed > 0 && ` ${count(tasks.missed)} of its tasks were not written down.`}{' '}
        <a href={href('history')}>Other sessions</a>
      </span>
    </div>
  );
}
