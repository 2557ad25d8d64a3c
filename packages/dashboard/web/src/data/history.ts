import type { History, Series } from '../../../src/api-types.ts';

type Values = (number | null)[];

/** What was known before, and then what is new; without what is older than `from`. */
export function joinHistory(before: History | undefined, news: History, from: number): History {
  if (before === undefined) return news;
  const newest = before.times.at(-1) ?? Number.NEGATIVE_INFINITY;
  const first = before.times.findIndex(time => time >= from);
  const kept = first === -1 ? [] : before.times.slice(first);
  const firstNew = news.times.findIndex(time => time > newest);
  const added = firstNew === -1 ? [] : news.times.slice(firstNew);
  const names = new Map([...before.series, ...news.series].map(series => [keyOf(series), series]));
  return { times: [...kept, ...added], series: [...names].map(([key, series]) => join(key, series)) };

  function join(key: string, { name, labels }: Series): Series {
    const values: Values = [...part(before as History, key, kept, first), ...part(news, key, added, firstNew)];
    return { name, labels, values };
  }
}

/** Of one series of `history`, the values for `times`, which start at `first`. */
function part(history: History, key: string, times: readonly number[], first: number): Values {
  const series = history.series.find(series => keyOf(series) === key);
  return times.map((_, index) => series?.values[first + index] ?? null);
}

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
