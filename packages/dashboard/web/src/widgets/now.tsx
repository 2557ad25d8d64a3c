import { signal } from '@preact/signals';
import { ago, fullTime } from '../text/times.ts';

/** Moves once a second. */
export const now = signal(Date.now());
setInterval(() => {
  if (!document.hidden) now.value = Date.now();
}, 1000);

/** `12 s ago`, with the exact time on hover. */
export function Ago({ time }: { time: string | number | undefined }) {
  if (time === undefined) return <span class="quiet">not yet</span>;
  return (
    <time dateTime={new Date(time).toISOString()} title={fullTime(time)}>
      {ago(time, now.value)}
    </time>
  );
}
