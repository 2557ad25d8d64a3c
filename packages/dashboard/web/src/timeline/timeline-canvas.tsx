import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import type { Timeline } from '../../../src/api-types.ts';
import { go, href } from '../route.ts';
import { duration } from '../text/times.ts';
import { theme } from '../theme.ts';
import { AXIS, drawLanes, eventAt, heightOf, LABELS, type View } from './draw-lanes.ts';
import type { Lanes } from './lanes.ts';

const CLOSEST = 10;
const TALLEST = 560;

interface Hover {
  readonly event: Timeline['traceEvents'][number];
  readonly x: number;
  readonly y: number;
}

/** The lanes of all threads: the wheel zooms at the pointer, dragging moves, a click opens the task. */
export function TimelineCanvas({ all, search }: { all: Lanes; search: string }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const [width, setWidth] = useState(0);
  const [view, setView] = useState<View>({ from: all.from, to: all.to, top: 0 });
  const [hover, setHover] = useState<Hover | undefined>(undefined);
  const drag = useRef<{ x: number; y: number; view: View; moved: boolean } | undefined>(undefined);
  const colours = theme.value;
  const whole = heightOf(all);
  const height = Math.min(whole, TALLEST);

  const show = (next: View) => {
    const span = Math.min(Math.max(next.to - next.from, CLOSEST), all.to - all.from);
    const from = Math.max(all.from, Math.min(next.from, all.to - span));
    setView({ from, to: from + span, top: Math.max(0, Math.min(next.top, whole - height)) });
  };
  const zoom = (factor: number, at = 0.5) => {
    const span = view.to - view.from;
    const from = view.from + span * at * (1 - factor);
    show({ from, to: from + span * factor, top: view.top });
  };
  const pan = (share: number, down = 0) => {
    const by = (view.to - view.from) * share;
    show({ from: view.from + by, to: view.to + by, top: view.top + down });
  };

  // Other events are seen as a whole first.
  useEffect(() => show({ from: all.from, to: all.to, top: 0 }), [all]);

  useLayoutEffect(() => {
    const element = canvas.current as HTMLCanvasElement;
    const observer = new ResizeObserver(() => setWidth(element.clientWidth));
    observer.observe(element);
    return () => observer.disconnect();
  }, []);

  // `colours` decides what it looks like.
  useEffect(() => {
    if (width === 0) return;
    const frame = requestAnimationFrame(() =>
      drawLanes(canvas.current as HTMLCanvasElement, all, view, search, width, height),
    );
    return () => cancelAnimationFrame(frame);
  }, [all, view, search, width, height, colours]);

  // Listeners that forbid the browser to scroll must be said to be so.
  useEffect(() => {
    const element = canvas.current as HTMLCanvasElement;
    const onWheel = (event: WheelEvent) => {
      event.preventDefault();
      if (Math.abs(event.deltaX) > Math.abs(event.deltaY)) return pan(event.deltaX / (width - LABELS));
      if (event.shiftKey) return pan(0, event.deltaY);
      zoom(1.0015 ** event.deltaY, Math.max(0, (event.offsetX - LABELS) / (width - LABELS)));
    };
    element.addEventListener('wheel', onWheel, { passive: false });
    return () => element.removeEventListener('wheel', onWheel);
  });

  const onPointerDown = (event: PointerEvent) => {
    canvas.current?.setPointerCapture(event.pointerId);
    drag.current = { x: event.offsetX, y: event.offsetY, view, moved: false };
  };
  const onPointerMove = (event: PointerEvent) => {
    const { offsetX: x, offsetY: y } = event;
    const { current } = drag;
    if (current === undefined) {
      const found = eventAt(all, view, width, x, y);
      setHover(found && { event: found, x, y });
      return;
    }
    if (Math.abs(x - current.x) + Math.abs(y - current.y) > 3) current.moved = true;
    const by = ((current.x - x) / (width - LABELS)) * (current.view.to - current.view.from);
    show({ from: current.view.from + by, to: current.view.to + by, top: current.view.top + current.y - y });
  };
  const onPointerUp = () => {
    const taskId = hover?.event.args.taskId;
    if (drag.current?.moved === false && typeof taskId === 'string') go(href('tasks', taskId));
    drag.current = undefined;
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const moves: Record<string, () => void> = {
      '+': () => zoom(0.6),
      '=': () => zoom(0.6),
      '-': () => zoom(1.7),
      ArrowLeft: () => pan(-0.2),
      ArrowRight: () => pan(0.2),
      ArrowUp: () => pan(0, -60),
      ArrowDown: () => pan(0, 60),
      '0': () => show({ from: all.from, to: all.to, top: 0 }),
    };
    const move = moves[event.key];
    if (move === undefined) return;
    event.preventDefault();
    event.stopPropagation();
    move();
  };

  return (
    <div class="canvas">
      <canvas
        ref={canvas}
        style={{ height: `${height}px`, cursor: hover ? 'pointer' : 'grab', touchAction: 'none' }}
        tabIndex={0}
        role="application"
        aria-label="Timeline of all threads. Plus and minus zoom, arrows move, 0 shows all."
        data-span={Math.round(view.to - view.from)}
        onPointerDown={onPointerDown}
        onPointerMove={onPointerMove}
        onPointerUp={onPointerUp}
        onPointerLeave={() => setHover(undefined)}
        onKeyDown={onKeyDown}
        onDblClick={() => show({ from: all.from, to: all.to, top: 0 })}
      />
      {hover && (
        <div
          class="tip"
          style={{
            left: `${Math.min(hover.x + 12, Math.max(0, width - 260))}px`,
            top: `${Math.min(hover.y + 16, Math.max(AXIS, height - 64))}px`,
          }}
        >
          <strong>{hover.event.name}</strong> {hover.event.args.failed === true && <span class="bad">failed</span>}
          <br />
          {duration((hover.event.dur ?? 0) / 1000)}, at {duration((hover.event.ts - all.from) / 1000)}
        </div>
      )}
    </div>
  );
}
