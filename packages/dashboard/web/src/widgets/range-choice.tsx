import { RANGES, type Range } from '../data/use-history.ts';
import { replaceQuery, route } from '../route.ts';
import { Segments } from './segments.tsx';

/** How far back the charts of this page go, as the address says it. */
export function currentRange(): Range {
  const wanted = route.value.query.get('range');
  return RANGES.find(({ name }) => name === wanted) ?? (RANGES[0] as Range);
}

export function RangeChoice() {
  return (
    <Segments
      label="Time range"
      choices={RANGES.map(({ name }) => name)}
      chosen={currentRange().name}
      onChoose={range => replaceQuery({ range })}
    />
  );
}
