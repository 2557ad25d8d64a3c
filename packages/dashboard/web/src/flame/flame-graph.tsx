import { useEffect, useLayoutEffect, useMemo, useRef, useState } from 'preact/hooks';
import type { CpuProfile } from '../../../src/api-types.ts';
import { download } from '../data/download.ts';
import { percent } from '../text/numbers.ts';
import { duration } from '../text/times.ts';
import { theme } from '../theme.ts';
import { Panel } from '../widgets/panel.tsx';
import { drawFlames, frameAt, heightOf } from './draw-flames.ts';
import { type Frame, functionTimes, isIdle, treeOf } from './profile-tree.ts';

/** Where the time of a profile went: the graph, and the functions by what they took themselves. */
export function FlameGraph({ profile, name }: { profile: CpuProfile; name: string }) {
  const root = useMemo(() => treeOf(profile), [profile]);
  const idle = root.children.filter(isIdle).reduce((sum, frame) => sum + frame.total, 0);
  const busy = root.total > 0 ? ((root.total - idle) / root.total) * 100 : 0;
  return (
    <Panel
      title="CPU flame graph"
      note={`${duration(root.total / 1000)} watched, ${percent(busy)} busy`}
      controls={
        <button type="button" class="plain" onClick={() => download(JSON.stringify(profile), `${name}.cpuprofile`)}>
          Download .cpuprofile
        </button>
      }
      flush
    >
      <Flames root={root} />
      <Heaviest root={root} />
    </Panel>
  );
}

function Flames({ root }: { root: Frame }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const [focus, setFocus] = useState(root);
  const [hover, setHover] = useState<{ frame: Frame; x: number; y: number } | undefined>(undefined);
  const [width, setWidth] = useState(0);
  const colours = theme.value;
  const height = useMemo(() => heightOf(root), [root]);

  useLayoutEffect(() => {
    const element = canvas.current as HTMLCanvasElement;
    const observer = new ResizeObserver(() => setWidth(element.clientWidth));
    observer.observe(element);
    return () => observer.disconnect();
  }, []);

  // `colours` decides what it looks like.
  useEffect(() => {
    if (width > 0) drawFlames(canvas.current as HTMLCanvasElement, root, focus, hover?.frame, width, height);
  }, [root, focus, hover, width, height, colours]);

  const find = (event: MouseEvent) => frameAt(root, focus, width, event.offsetX, event.offsetY);
  const onKeyDown = (event: KeyboardEvent) => {
    const moves: Record<string, () => Frame | undefined> = {
      ArrowDown: () => focus.children[0],
      ArrowUp: () => focus.parent,
      ArrowRight: () => siblingOf(focus, 1),
      ArrowLeft: () => siblingOf(focus, -1),
      Escape: () => root,
    };
    const move = moves[event.key];
    if (move === undefined) return;
    event.preventDefault();
    event.stopPropagation();
    setFocus(move() ?? focus);
  };
  return (
    <div class="canvas">
      <canvas
        ref={canvas}
        style={{ height: `${height}px`, cursor: hover ? 'pointer' : 'default' }}
        tabIndex={0}
        role="application"
        aria-label={`Flame graph. In view: ${frameText(focus, root)}. Arrow keys move to callers and callees, Escape shows all.`}
        onMouseMove={event => {
          const frame = find(event);
          setHover(frame && { frame, x: event.offsetX, y: event.offsetY });
        }}
        onMouseLeave={() => setHover(undefined)}
        onClick={event => setFocus(find(event) ?? root)}
        onKeyDown={onKeyDown}
      />
      <p
        class="quiet"
        style={{ padding: '6px 14px', overflow: 'hidden', textOverflow: 'ellipsis', whiteSpace: 'nowrap' }}
      >
        {focus === root ? 'Click a frame to look closer.' : frameText(focus, root)}{' '}
        {focus !== root && (
          <button type="button" class="plain" onClick={() => setFocus(root)}>
            <u>Show all</u>
          </button>
        )}
      </p>
      {hover && (
        <div
          class="tip"
          style={{ left: `${Math.min(hover.x + 12, Math.max(0, width - 320))}px`, top: `${hover.y + 16}px` }}
        >
          <strong>{hover.frame.name}</strong>
          <br />
          {shareText(hover.frame, root)}
          {hover.frame.url && (
            <>
              <br />
              <span class="quiet">{placeText(hover.frame)}</span>
            </>
          )}
        </div>
      )}
    </div>
  );
}

function siblingOf(frame: Frame, step: number): Frame | undefined {
  const siblings = frame.parent?.children ?? [];
  return siblings[siblings.indexOf(frame) + step];
}

function shareText(frame: Frame, root: Frame): string {
  const share = percent(root.total > 0 ? (frame.total / root.total) * 100 : 0);
  return `${duration(frame.total / 1000)} (${share}), ${duration(frame.self / 1000)} of it in itself`;
}

const frameText = (frame: Frame, root: Frame) => `${frame.name}, ${shareText(frame, root)}`;

/** `src/train.ts:12`: the end of the URL says which file it is. */
function placeText({ url, line }: { url: string; line: number }): string {
  return url
    ? `${url
        .replace(/^file:\/\//, '')
        .split('/')
        .slice(-3)
        .join('/')}:${line}`
    : '';
}

const SHOWN = 12;

function Heaviest({ root }: { root: Frame }) {
  const times = useMemo(() => functionTimes(root).filter(time => !isIdle(time)), [root]);
  if (times.length === 0) return <p style={{ padding: '0 14px 14px' }}>The worker did nothing while it was watched.</p>;
  const share = (time: number) => percent((time / root.total) * 100);
  return (
    <div class="scrolls" tabIndex={0} style={{ padding: '0 14px 14px' }}>
      <table class="simple">
        <caption class="sr-only">Functions by the time in themselves</caption>
        <thead>
          <tr>
            <th>Function</th>
            <th class="end">In itself</th>
            <th class="end">With what it calls</th>
            <th>Where</th>
          </tr>
        </thead>
        <tbody>
          {times.slice(0, SHOWN).map(({ name, url, line, self, total }) => (
            <tr key={`${name} ${url} ${line}`}>
              <td>{name}</td>
              <td class="end">
                {duration(self / 1000)} <span class="quiet">{share(self)}</span>
              </td>
              <td class="end">
                {duration(total / 1000)} <span class="quiet">{share(total)}</span>
              </td>
              <td class="quiet mono">{placeText({ url, line })}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
