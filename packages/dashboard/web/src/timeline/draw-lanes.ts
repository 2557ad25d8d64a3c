import type { Timeline } from '../../../src/api-types.ts';
import { firstFrom } from '../data/first-from.ts';
import { duration } from '../text/times.ts';
import { ink } from '../theme.ts';
import type { Lanes } from './lanes.ts';

/** What part of the time is in sight, and from which height on. */
export interface View {
  readonly from: number;
  readonly to: number;
  readonly top: number;
}

const ROW = 17;
export const LABELS = 116;
export const AXIS = 24;
const GAP = 7;
const TEXT_FROM = 30;
const COLOURS = 8;

export function heightOf({ lanes }: Lanes): number {
  return AXIS + lanes.reduce((sum, { rows }) => sum + rows.length * ROW + GAP, GAP);
}

/**
 * Draws what is in sight. Events narrower than a pixel that fall on the same pixel are drawn once, so the time it takes
 * depends on the size of the picture, not on the number of events.
 */
export function drawLanes(
  canvas: HTMLCanvasElement,
  all: Lanes,
  view: View,
  search: string,
  width: number,
  height: number,
): void {
  const ratio = devicePixelRatio;
  canvas.width = width * ratio;
  canvas.height = height * ratio;
  const context = canvas.getContext('2d') as CanvasRenderingContext2D;
  context.scale(ratio, ratio);
  context.font = `11px ${getComputedStyle(document.body).fontFamily}`;
  context.textBaseline = 'middle';
  const [text, quiet, line, paper, bad] = ['--ink', '--ink-2', '--line', '--surface', '--bad-fill'].map(ink) as [
    string,
    string,
    string,
    string,
    string,
  ];
  const dark = ink('--on-accent');
  const palette = Array.from({ length: COLOURS }, (_, index) => ink(`--series-${index + 1}`));
  const colours = new Map(all.totals.map(({ name }, index) => [name, palette[index % COLOURS] as string]));
  const wanted = search.toLowerCase();
  const matching = new Set(
    all.totals.filter(({ name }) => name.toLowerCase().includes(wanted)).map(({ name }) => name),
  );
  const scale = (width - LABELS) / (view.to - view.from);

  const marks = marksOf(all, view, width);
  context.fillStyle = line;
  for (const { x } of marks) context.fillRect(x, AXIS, 1, height);

  let y = AXIS + GAP - view.top;
  for (const { name, rows } of all.lanes) {
    const laneHeight = rows.length * ROW;
    if (y + laneHeight >= AXIS && y < height) {
      context.fillStyle = line;
      context.globalAlpha = 0.6;
      context.fillRect(0, y + laneHeight + GAP / 2, width, 1);
      for (const [index, { starts, ends, events }] of rows.entries()) {
        const top = y + index * ROW;
        let painted = Number.NEGATIVE_INFINITY;
        for (let i = firstFrom(ends, view.from); i < events.length; i++) {
          const start = starts[i] as number;
          if (start > view.to) break;
          const event = events[i] as Timeline['traceEvents'][number];
          const x = Math.max(LABELS, LABELS + (start - view.from) * scale);
          const right = LABELS + ((ends[i] as number) - view.from) * scale;
          const isWanted = matching.has(event.name);
          if (right - painted < 1 && !(isWanted && wanted)) continue;
          painted = Math.max(right, x + 1);
          const span = Math.max(right - x, 1);
          context.globalAlpha = isWanted ? 1 : 0.16;
          context.fillStyle = event.args.failed === true ? bad : (colours.get(event.name) as string);
          context.fillRect(x, top, span > 3 ? span - 1 : span, ROW - 2);
          if (span < TEXT_FROM || !isWanted) continue;
          context.fillStyle = event.args.failed === true ? '#fff' : dark;
          const letters = Math.floor((span - 8) / 6.2);
          context.fillText(
            event.name.length > letters ? `${event.name.slice(0, letters)}…` : event.name,
            x + 4,
            top + ROW / 2 - 0.5,
          );
        }
      }
      context.globalAlpha = 1;
      context.fillStyle = paper;
      context.fillRect(0, y - 1, LABELS - 4, laneHeight + 2);
      context.fillStyle = text;
      context.fillText(name.length > 17 ? `${name.slice(0, 16)}…` : name, 14, y + ROW / 2 - 0.5);
    }
    y += laneHeight + GAP;
  }
  context.fillStyle = paper;
  context.fillRect(0, 0, width, AXIS);
  for (const { x, text: label } of marks) {
    context.fillStyle = quiet;
    context.fillText(label, x + 4, AXIS / 2);
    context.fillStyle = line;
    context.fillRect(x, AXIS - 5, 1, 5);
  }
  context.fillRect(0, AXIS - 1, width, 1);
}

/** Where the axis has which time, from the first event on. */
function marksOf({ from }: Lanes, view: View, width: number): { x: number; text: string }[] {
  const scale = (width - LABELS) / (view.to - view.from);
  const step = niceStep((view.to - view.from) / Math.max(2, (width - LABELS) / 110));
  const marks: { x: number; text: string }[] = [];
  for (let at = Math.ceil((view.from - from) / step) * step; at + from <= view.to; at += step) {
    marks.push({ x: LABELS + (at + from - view.from) * scale, text: duration(at / 1000) });
  }
  return marks;
}

const SECOND = 1e6;
/** Above a second clocks count differently. */
const LONG_STEPS = [1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14_400, 43_200, 86_400];

/** Microseconds between two marks: 1, 2 or 5 times a power of ten, or what clocks show. */
function niceStep(least: number): number {
  if (least > SECOND / 2) {
    const seconds = LONG_STEPS.find(step => step * SECOND >= least);
    if (seconds !== undefined) return seconds * SECOND;
  }
  const power = 10 ** Math.floor(Math.log10(Math.max(least, 1e-3)));
  return power * ([1, 2, 5].find(factor => factor * power >= least) ?? 10);
}

/** What is drawn at a point. */
export function eventAt(
  all: Lanes,
  view: View,
  width: number,
  x: number,
  y: number,
): Timeline['traceEvents'][number] | undefined {
  if (x < LABELS || y < AXIS) return undefined;
  const time = view.from + ((x - LABELS) / (width - LABELS)) * (view.to - view.from);
  // A pixel more on both sides: what is narrow can be hit, too.
  const slack = (view.to - view.from) / (width - LABELS);
  let top = AXIS + GAP - view.top;
  for (const { rows } of all.lanes) {
    const row = rows[Math.floor((y - top) / ROW)];
    if (y >= top && row !== undefined) {
      const index = firstFrom(row.ends, time - slack);
      return (row.starts[index] as number) <= time + slack ? row.events[index] : undefined;
    }
    top += rows.length * ROW + GAP;
  }
  return undefined;
}
