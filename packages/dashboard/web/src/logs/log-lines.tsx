import type { ComponentChildren } from 'preact';
import { useLayoutEffect, useRef, useState } from 'preact/hooks';
import type { LogLine } from '../../../src/api-types.ts';
import { href } from '../route.ts';
import { clockMs } from '../text/times.ts';
import { nodeName } from '../widgets/links.tsx';

const ROW = 20;
const MARGIN = 20;

/** Lines of a log, of which only those in sight are drawn. While `follows`, the end stays in sight. */
export function LogLinesView(props: {
  lines: readonly LogLine[];
  search: string;
  follows: boolean;
  onScrollUp: () => void;
  inset?: boolean;
  children?: ComponentChildren;
}) {
  const { lines, follows } = props;
  const scroller = useRef<HTMLDivElement>(null);
  const [top, setTop] = useState(0);

  // Whenever there are more lines.
  useLayoutEffect(() => {
    const element = scroller.current as HTMLDivElement;
    if (follows) element.scrollTop = element.scrollHeight;
  }, [lines, follows]);

  const onScroll = () => {
    // It is told of the last scrolling when it is gone.
    const element = scroller.current;
    if (element === null) return;
    setTop(Math.floor(element.scrollTop / ROW));
    const isAtEnd = element.scrollHeight - element.scrollTop - element.clientHeight < ROW;
    if (follows && !isAtEnd && element.scrollTop < top * ROW) props.onScrollUp();
  };
  const height = scroller.current?.clientHeight ?? 600;
  const first = Math.max(0, top - MARGIN);
  const shown = lines.slice(first, top + Math.ceil(height / ROW) + MARGIN);
  return (
    <div
      class={props.inset ? 'logs inset' : 'logs'}
      ref={scroller}
      tabIndex={0}
      role="log"
      aria-label="Lines"
      aria-live="off"
      onScroll={onScroll}
    >
      {lines.length === 0 && props.children}
      <div style={{ height: `${lines.length * ROW}px` }}>
        <div style={{ transform: `translateY(${first * ROW}px)` }}>
          {shown.map(line => (
            <div class="line" key={`${line.nodeId} ${line.number}`} data-stream={line.stream}>
              <time class="quiet" dateTime={line.at}>
                {clockMs(line.at)}
              </time>
              <From line={line} />
              <span class="text">{marked(line.text, props.search)}</span>
            </div>
          ))}
        </div>
      </div>
    </div>
  );
}

function From({ line: { name, taskId, actorId, workerId, nodeId } }: { line: LogLine }) {
  const title = `${name} on ${nodeName(nodeId)}`;
  const address =
    taskId !== undefined
      ? href('tasks', taskId)
      : actorId !== undefined
        ? href('actors', actorId)
        : href('workers', workerId);
  return (
    <span class="from quiet" title={title}>
      <a href={address} tabIndex={-1}>
        {name}
      </a>
    </span>
  );
}

function marked(text: string, search: string): ComponentChildren {
  if (search === '') return text;
  const at = text.toLowerCase().indexOf(search.toLowerCase());
  if (at === -1) return text;
  const end = at + search.length;
  return (
    <>
      {text.slice(0, at)}
      <mark>{text.slice(at, end)}</mark>
      {text.slice(end)}
    </>
  );
}
