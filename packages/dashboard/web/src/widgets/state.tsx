import type { CountsByState } from '../../../src/api-types.ts';
import { count } from '../text/numbers.ts';
import { byTone, stateName, toneOf } from '../text/states.ts';

export function State({ state }: { state: string }) {
  return (
    <span class="state" data-tone={toneOf(state)}>
      {stateName(state)}
    </span>
  );
}

/** How many are in which state, as one bar. */
export function CountsBar({ counts }: { counts: CountsByState }) {
  const states = present(counts);
  return (
    <span class="counts" role="img" aria-label={countsText(counts)} title={countsText(counts)}>
      {states.map(state => (
        <i key={state} data-tone={toneOf(state)} style={{ flex: counts[state] }} />
      ))}
    </span>
  );
}

/** The same in words, each with the colour of the bar. */
export function CountsKey({ counts }: { counts: CountsByState }) {
  return (
    <span class="keys-line number">
      {present(counts).map(state => (
        <span key={state} class="key" data-tone={toneOf(state)}>
          {count(counts[state] ?? 0)} {stateName(state)}
        </span>
      ))}
    </span>
  );
}

export function countsText(counts: CountsByState): string {
  return present(counts)
    .map(state => `${count(counts[state] ?? 0)} ${stateName(state)}`)
    .join(', ');
}

function present(counts: CountsByState): string[] {
  return Object.keys(counts)
    .filter(state => counts[state])
    .sort(byTone);
}
