import type { Benchmark, Target } from './benchmark.ts';
import type { Contest, SideReadings } from './contest.ts';
import { median } from './statistics.ts';

/** One line of the report. */
export interface SideResult extends SideReadings {
  /** Medians over the rounds; undefined where there is nothing. */
  readonly value: number | undefined;
  readonly lowest: number | undefined;
  readonly highest: number | undefined;
  /** Microseconds. */
  readonly p50: number | undefined;
  readonly p99: number | undefined;
  readonly details: Readonly<Record<string, number>>;
  /** How often the value of the baseline, and of the best peer: the median of the ratios within each round. */
  readonly perBaseline: number | undefined;
  readonly perPeer: number | undefined;
}

export interface Verdict {
  readonly target: Target;
  /** Undefined when the other side, or Aktis, has no figure. */
  readonly reached: number | undefined;
  readonly isMet: boolean | undefined;
}

export interface Result {
  readonly name: string;
  readonly unit: string;
  readonly better: 'higher' | 'lower';
  readonly sides: readonly SideResult[];
  readonly verdicts: readonly Verdict[];
}

export function judge({ benchmark, sides }: Contest): Result {
  const baseline = sides.find(({ role, readings }) => role === 'baseline' && readings.length > 0);
  const peer = best(sides, benchmark);
  const aktis = sides.find(({ role }) => role === 'aktis');
  const others = { baseline, peer, ray: sides.find(({ role }) => role === 'ray'), itself: undefined };
  return {
    name: benchmark.name,
    unit: benchmark.unit,
    better: benchmark.better,
    sides: sides.map(side => summary(side, baseline, peer)),
    verdicts: (benchmark.targets ?? []).map(target => verdict(target, aktis, others[target.against])),
  };
}

function best(sides: readonly SideReadings[], { better }: Benchmark): SideReadings | undefined {
  const sign = better === 'higher' ? 1 : -1;
  return sides
    .filter(({ role, readings }) => role === 'peer' && readings.length > 0)
    .sort((a, b) => sign * (figure(b) - figure(a)))[0];
}

function summary(side: SideReadings, baseline: SideReadings | undefined, peer: SideReadings | undefined): SideResult {
  const values = side.readings.map(({ value }) => value);
  return {
    ...side,
    value: ifAny(median, values),
    lowest: ifAny(all => Math.min(...all), values),
    highest: ifAny(all => Math.max(...all), values),
    p50: ifAny(median, present(side.readings.map(({ p50 }) => p50))),
    p99: ifAny(median, present(side.readings.map(({ p99 }) => p99))),
    details: medianDetails(side),
    perBaseline: compare(side, baseline, 'value'),
    perPeer: side.role === 'aktis' ? compare(side, peer, 'value') : undefined,
  };
}

function verdict(target: Target, aktis: SideReadings | undefined, other: SideReadings | undefined): Verdict {
  const { against, atLeast = -Infinity, atMost = Infinity, isDifference = false } = target;
  let reached: number | undefined;
  if (against === 'itself') {
    reached = aktis === undefined || aktis.readings.length === 0 ? undefined : figure(aktis, target.figure);
  } else {
    reached = compare(aktis, other, target.figure ?? 'value', isDifference);
  }
  return { target, reached, isMet: reached === undefined ? undefined : reached >= atLeast && reached <= atMost };
}

/** Round by round, because noise hits the turns of one round alike. */
function compare(
  one: SideReadings | undefined,
  other: SideReadings | undefined,
  name: string,
  isDifference = false,
): number | undefined {
  if (one === undefined || other === undefined) return undefined;
  const compared: number[] = [];
  for (let round = 0; round < Math.min(one.readings.length, other.readings.length); round++) {
    const [mine, theirs] = [figureOf(one, round, name), figureOf(other, round, name)];
    if (mine !== undefined && theirs !== undefined) compared.push(isDifference ? mine - theirs : mine / theirs);
  }
  return ifAny(median, compared);
}

function figure(side: SideReadings, name = 'value'): number {
  return median(present(side.readings.map((_, round) => figureOf(side, round, name))));
}

function figureOf(side: SideReadings, round: number, name: string): number | undefined {
  const reading = side.readings[round];
  return name === 'value' ? reading?.value : reading?.details?.[name];
}

function medianDetails(side: SideReadings): Record<string, number> {
  const names = Object.keys(side.readings[0]?.details ?? {});
  return Object.fromEntries(names.map(name => [name, figure(side, name)]));
}

function present(numbers: readonly (number | undefined)[]): number[] {
  return numbers.filter(number => number !== undefined);
}

function ifAny(of: (numbers: readonly number[]) => number, numbers: readonly number[]): number | undefined {
  return numbers.length === 0 ? undefined : of(numbers);
}
