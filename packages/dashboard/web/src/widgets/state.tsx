import type { CountsByState } from '../../../src/api-types.ts';
import { count } from '../text/numbers.ts';
import { stateName, TONE_NAMES, TONE_ORDER, type Tone, toneOf } from '../text/states.ts';

export function State({ state }: { state: string }) {
  return (
    <span class="state" data-tone={toneOf(state)}>
      {stateName(state)}
    </span>
  );
}

/** How many are in which state, as one bar. */
export function CountsBar({ counts }: { counts: CountsByState }) {
  const text = countsText(counts);
  return (
    <span class="counts" role="img" aria-label={text} title={text}>
      {byTone(counts).map(({ tone, total }) => (
        <i key={tone} data-tone={tone} style={{ flex: total }} />
      ))}
    </span>
  );
}

/** The same in words, each with the colour of the bar. */
export function CountsKey({ counts }: { counts: CountsByState }) {
  return (
    <span class="keys-line number" title={countsText(counts)}>
      {byTone(counts).map(({ tone, total, name }) => (
        <span key={tone} class="key" data-tone={tone}>
          {count(total)} {name}
        </span>
      ))}
    </span>
  );
}

function countsText(counts: CountsByState): string {
  return Object.entries(counts)
    .filter(([, total]) => total > 0)
    .map(([state, total]) => `${count(total)} ${stateName(state)}`)
    .join(', ');
}

/** What waits waits, whatever for; alone it says for what. */
function byTone(counts: CountsByState): { tone: Tone; total: number; name: string }[] {
  return TONE_ORDER.map(tone => {
    const states = Object.keys(counts).filter(state => toneOf(state) === tone && counts[state]);
    const total = states.reduce((sum, state) => sum + (counts[state] ?? 0), 0);
    return { tone, total, name: states.length > 1 ? TONE_NAMES[tone] : stateName(states[0] ?? '') };
  }).filter(({ total }) => total > 0);
}
