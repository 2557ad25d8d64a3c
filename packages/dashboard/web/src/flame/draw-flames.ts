import { isForeign } from '../text/foreign-code.ts';
import { ink } from '../theme.ts';
import { type Frame, framesOf, isIdle } from './profile-tree.ts';

const ROW = 19;
const TEXT_FROM = 34;
/** Frames below this depth are cut off: nobody reads them. */
const DEEPEST = 80;

/** Of the whole graph: the deepest frame that can be seen at all. */
export function heightOf(root: Frame): number {
  let deepest = 0;
  for (const { depth } of framesOf(root, root.total / 400)) deepest = Math.max(deepest, depth);
  return (Math.min(deepest, DEEPEST) + 1) * ROW + 2;
}

/**
 * Draws the tree from the top down, the most expensive child leftmost. `focus` fills the width; the frames above it are
 * its callers.
 */
export function drawFlames(
  canvas: HTMLCanvasElement,
  root: Frame,
  focus: Frame,
  hover: Frame | undefined,
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
  const colours = {
    own: ink('--accent-fill'),
    foreign: ink('--wait-fill'),
    idle: ink('--done-fill'),
    paper: ink('--surface'),
    ink: ink('--ink'),
    onAccent: ink('--on-accent'),
  };
  for (const { frame, x, span } of placed(root, focus, width)) {
    const y = frame.depth * ROW;
    const isOwn = frame.url !== '' && !isForeign(frame.url);
    context.globalAlpha =
      frame === hover ? 1 : frame.depth < focus.depth ? 0.45 : isOwn ? 0.88 - (frame.depth % 3) * 0.09 : 0.7;
    context.fillStyle = isIdle(frame) ? colours.idle : isOwn ? colours.own : colours.foreign;
    context.fillRect(x, y, Math.max(span - 1, 0.5), ROW - 1);
    if (span < TEXT_FROM) continue;
    context.globalAlpha = 1;
    context.fillStyle = isOwn ? colours.onAccent : colours.ink;
    context.fillText(shortened(context, frame.name, span - 10), x + 5, y + ROW / 2);
  }
}

export function frameAt(root: Frame, focus: Frame, width: number, x: number, y: number): Frame | undefined {
  const depth = Math.floor(y / ROW);
  for (const place of placed(root, focus, width)) {
    if (place.frame.depth === depth && x >= place.x && x < place.x + place.span) return place.frame;
  }
  return undefined;
}

/** The visible frames and where they are. */
function* placed(root: Frame, focus: Frame, width: number): Generator<{ frame: Frame; x: number; span: number }> {
  const scale = focus.total > 0 ? width / focus.total : 0;
  for (let caller = focus.parent; caller !== undefined; caller = caller.parent) {
    yield { frame: caller, x: 0, span: width };
  }
  const stack = [{ frame: focus ?? root, x: 0 }];
  for (let place = stack.pop(); place !== undefined; place = stack.pop()) {
    const { frame, x } = place;
    yield { frame, x, span: frame.total * scale };
    let left = x;
    if (frame.depth >= DEEPEST) continue;
    for (const child of frame.children) {
      if (child.total * scale >= 0.5) stack.push({ frame: child, x: left });
      left += child.total * scale;
    }
  }
}

function shortened(context: CanvasRenderingContext2D, text: string, width: number): string {
  if (context.measureText(text).width <= width) return text;
  const letters = Math.floor((width / context.measureText(text).width) * text.length) - 1;
  return letters < 2 ? '' : `${text.slice(0, letters)}…`;
}
