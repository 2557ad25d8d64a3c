import type { History, Series } from '../../../src/api-types.ts';
import { firstFrom } from './first-from.ts';

type Values = (number | null)[];

/**
 * What was known before, without what is older than `from`, and then what is new. From where the news begin they count:
 * the newest point of before may not have been complete.
 */
export function joinHistory(before: History | undefined, news: History, from: number): History {
  if (before === undefined) return news;
  const first = firstFrom(before.times, from);
  const end = Math.max(first, firstFrom(before.times, news.times[0] ?? Number.POSITIVE_INFINITY));
  const old = seriesByKey(before);
  const fresh = seriesByKey(news);
  const unknown = (length: number): Values => Array.from({ length }, () => null);
  const series = [...new Map([...old, ...fresh])].map(([key, { name, labels }]) => ({
    name,
    labels,
    values: [
      ...(old.get(key)?.values.slice(first, end) ?? unknown(end - first)),
      ...(fresh.get(key)?.values ?? unknown(news.times.length)),
    ],
  }));
  return { times: [...before.times.slice(first, end), ...news.times], series };
}

const seriesByKey = ({ series }: History) => new Map(series.map(one => [keyOf(one), one]));

const keyOf = ({ name, labels }: Series) => `${name} ${JSON.stringify(labels)}`;

/** The first series of this name. */
export function valuesOf(history: History | undefined, name: string): readonly (number | null)[] | undefined {
  return history?.series.find(series => series.name === name)?.values;
}

/** A counter as what it gains per second; a counter that starts again from 0 loses nothing. */
export function perSecond(times: readonly number[], values: readonly (number | null)[]): Values {
  return values.map((value, index) => {
    const before = values[index - 1];
    if (value === null || before === null || before === undefined) return null;
    const seconds = ((times[index] as number) - (times[index - 1] as number)) / 1000;
    return (value >= before ? value - before : value) / seconds;
  });
}
