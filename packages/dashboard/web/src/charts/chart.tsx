import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import uPlot from 'uplot';
import { ink, theme } from '../theme.ts';

export interface Line {
  readonly name: string;
  readonly values: readonly (number | null)[];
  /** A custom property; by default one of the `--series-n`. */
  readonly colour?: string;
}

export interface ChartProps {
  readonly title: string;
  /** Unix time, ms. */
  readonly times: readonly number[];
  readonly lines: readonly Line[];
  readonly format: (value: number) => string;
  /** The lines add up. */
  readonly stacked?: boolean;
  /** What the axis reaches at least. */
  readonly top?: number;
}

const HEIGHT = 132;
/** Charts of one page show the same moment. */
const SYNC = 'moment';
/** Further lines are drawn, but not named. */
const NAMED = 8;

const colourOf = (line: Line, index: number) => line.colour ?? `--series-${(index % 8) + 1}`;

/** Values over time. The legend shows the newest ones, or those under the pointer. */
export function Chart({ title, times, lines, format, stacked = false, top = 0 }: ChartProps) {
  const place = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | undefined>(undefined);
  const [at, setAt] = useState<number | undefined>(undefined);
  const colours = theme.value;
  const names = lines.map(({ name, colour }) => `${name} ${colour}`).join('\n');

  // A new plot for other lines or colours, not for other values.
  useLayoutEffect(() => {
    const element = place.current as HTMLDivElement;
    const options = optionsFor(lines, { format, stacked, top, width: element.clientWidth });
    options.hooks = { setCursor: [({ cursor }) => setAt(cursor.idx ?? undefined)] };
    const current = new uPlot(options, dataOf(times, lines, stacked), element);
    plot.current = current;
    const observer = new ResizeObserver(() => current.setSize({ width: element.clientWidth, height: HEIGHT }));
    observer.observe(element);
    return () => {
      observer.disconnect();
      current.destroy();
    };
  }, [names, stacked, top, colours]);

  useEffect(() => {
    const current = plot.current;
    if (current === undefined) return;
    const { min, max } = current.scales.x ?? {};
    const shown = current.data[0];
    // While the reader looks at a part of it, that part stays.
    const isWhole = min === undefined || (min === shown[0] && max === shown[shown.length - 1]) || shown.length < 2;
    current.setData(dataOf(times, lines, stacked), isWhole);
  }, [times, lines, stacked]);

  const index = at ?? times.length - 1;
  return (
    <figure class="chart" aria-label={summaryOf(title, lines, format)}>
      <ul class="legend">
        {lines.slice(0, NAMED).map((line, number) => (
          <li key={line.name}>
            <i style={{ background: `var(${colourOf(line, number)})` }} />
            {line.name}
            <span class="number">{valueText(line.values[index], format)}</span>
          </li>
        ))}
        {lines.length > NAMED && <li>and {lines.length - NAMED} more</li>}
      </ul>
      <div class="plot" ref={place} aria-hidden="true" />
    </figure>
  );
}

function valueText(value: number | null | undefined, format: (value: number) => string): string {
  return value === null || value === undefined ? '–' : format(value);
}

/** For those who hear it instead of seeing it. */
function summaryOf(title: string, lines: readonly Line[], format: (value: number) => string): string {
  const newest = lines.slice(0, NAMED).map(({ name, values }) => `${name} ${valueText(values.at(-1), format)}`);
  return `${title}, now: ${newest.join(', ') || 'nothing yet'}`;
}

/** The columns as uPlot wants them. Stacked: each line with all that lie below it, the uppermost first. */
function dataOf(times: readonly number[], lines: readonly Line[], stacked: boolean): uPlot.AlignedData {
  if (!stacked) return [times as number[], ...lines.map(({ values }) => values as (number | null)[])];
  const below: number[] = times.map(() => 0);
  const sums = lines.map(({ values }) =>
    values.map((value, index) => (below[index] = (below[index] ?? 0) + (value ?? 0))),
  );
  return [times as number[], ...sums.reverse()];
}

function optionsFor(
  lines: readonly Line[],
  { format, stacked, top, width }: { format: (value: number) => string; stacked: boolean; top: number; width: number },
): uPlot.Options {
  const [text, grid] = [ink('--ink-2'), ink('--line')];
  const font = `11px ${getComputedStyle(document.body).fontFamily}`;
  const series = lines.map((line, index) => {
    const colour = ink(colourOf(line, index));
    return stacked
      ? { stroke: colour, width: 0, fill: colour, points: { show: false } }
      : { stroke: colour, width: 1.5, points: { show: false } };
  });
  return {
    width,
    height: HEIGHT,
    ms: 1,
    padding: [8, 24, 0, 0],
    legend: { show: false },
    cursor: { sync: { key: SYNC }, points: { size: 6 }, y: false, drag: { x: true, y: false } },
    scales: { y: { range: (_, __, max) => [0, Math.max(top, niceTop(max ?? 0))] } },
    axes: [
      {
        stroke: text,
        font,
        grid: { show: false },
        ticks: { stroke: grid, size: 4 },
        size: 24,
        gap: 3,
        space: 56,
        values: (_, splits, __, ___, step) => splits.map(time => axisTime(time, step)),
      },
      {
        stroke: text,
        font,
        grid: { stroke: grid, width: 1 },
        ticks: { show: false },
        size: 58,
        gap: 6,
        space: 26,
        values: (_, splits) => splits.map(format),
      },
    ],
    series: [{}, ...(stacked ? series.reverse() : series)],
  };
}

function niceTop(max: number): number {
  return max > 0 ? max * 1.08 : 1;
}

function axisTime(time: number, step: number): string {
  const date = new Date(time);
  const two = (value: number) => String(value).padStart(2, '0');
  const minutes = `${two(date.getHours())}:${two(date.getMinutes())}`;
  return step < 60_000 ? `${minutes}:${two(date.getSeconds())}` : minutes;
}
