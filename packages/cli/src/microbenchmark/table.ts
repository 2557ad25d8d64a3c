import Table from 'cli-table3';
import type { Result, SideResult, Verdict } from './result.ts';

const COLUMNS = [
  'benchmark',
  'side',
  'median',
  'rounds from - to',
  'p50 µs',
  'p99 µs',
  '× base',
  '× best peer',
  'target',
];

const WITHOUT_FRAME = {
  ...{ top: '', 'top-mid': '', 'top-left': '', 'top-right': '', bottom: '', 'bottom-mid': '', 'bottom-left': '' },
  ...{ 'bottom-right': '', left: '', 'left-mid': '', mid: '', 'mid-mid': '', right: '', 'right-mid': '', middle: ' ' },
};

/** The report for people. */
export function table(results: readonly Result[]): string {
  const lines = new Table({
    head: COLUMNS,
    chars: WITHOUT_FRAME,
    style: { head: [], border: [], compact: true, 'padding-left': 0, 'padding-right': 1 },
    colAligns: ['left', 'left', 'right', 'right', 'right', 'right', 'right', 'right', 'left'],
  });
  for (const result of results) {
    result.sides.forEach((side, index) => {
      lines.push(cells(result, side, index));
    });
  }
  return [lines.toString(), ...notes(results)].join('\n');
}

function cells(result: Result, side: SideResult, index: number): string[] {
  const { value, lowest, highest, p50, p99, perBaseline, perPeer } = side;
  const isAktis = side.role === 'aktis';
  return [
    index === 0 ? result.name : '',
    side.name,
    value === undefined ? reason(side) : `${number(value)} ${result.unit}`,
    lowest === undefined || highest === undefined ? '' : `${number(lowest)} - ${number(highest)}`,
    number(p50),
    number(p99),
    number(perBaseline),
    number(perPeer),
    isAktis ? result.verdicts.flatMap(describe).join(', ') : '',
  ];
}

/** What there is nobody to compare with is left out. */
function describe({ target, reached, isMet }: Verdict): string[] {
  if (reached === undefined) return [];
  const { against, atLeast, atMost, figure, isDifference = false } = target;
  const other = { baseline: 'base', peer: 'best peer', ray: 'Ray', itself: '' }[against];
  const relation = other === '' ? '' : isDifference ? ` above ${other}` : ` × ${other}`;
  const bound = atLeast === undefined ? `≤ ${number(atMost)}` : `≥ ${number(atLeast)}`;
  const what = figure === undefined ? '' : `${figure} `;
  return [`${what}${bound}${relation}: ${isMet === true ? 'met' : 'MISSED'} (${number(reached)})`];
}

function notes(results: readonly Result[]): string[] {
  const lines: string[] = [];
  for (const { name, sides } of results) {
    for (const side of sides) {
      const details = Object.entries(side.details);
      if (details.length > 0) {
        lines.push(`${name}, ${side.name}: ${details.map(([what, value]) => `${what} ${number(value)}`).join(', ')}`);
      }
      if (side.failure !== undefined && side.failure !== ABSENT) {
        lines.push(`${name}, ${side.name} failed: ${side.failure.split('\n').slice(0, 3).join(' | ')}`);
      }
    }
  }
  return lines.length === 0 ? [] : ['', ...lines];
}

/** The failure of a side that is not installed here; it is reported, but nothing went wrong. */
export const ABSENT = 'absent';

function reason({ failure }: SideResult): string {
  return failure === ABSENT ? ABSENT : 'failed';
}

function number(value: number | undefined): string {
  if (value === undefined || Number.isNaN(value)) return '';
  const size = Math.abs(value);
  if (size >= 1_000) return Math.round(value).toLocaleString('en-US');
  return size >= 100 ? value.toFixed(0) : size >= 10 ? value.toFixed(1) : value.toFixed(2);
}
