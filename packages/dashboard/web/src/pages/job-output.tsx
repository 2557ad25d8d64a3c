import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import type { JobTailEvent } from '../../../src/api-types.ts';
import { isVisible } from '../data/visible.ts';
import { Panel } from '../widgets/panel.tsx';

/** More than this is in the file on the head, and in `aktis job logs`. */
const LONGEST = 1_000_000;

/** What a submitted program prints, as it does. */
export function OutputPanel({ id }: { id: string }) {
  const [text, setText] = useState('');
  const [hasEnded, setHasEnded] = useState(false);
  const shown = useRef<HTMLPreElement>(null);
  const isAtEnd = useRef(true);
  const isLooking = isVisible.value;

  useEffect(() => {
    if (!isLooking) return;
    let all = '';
    let frame = 0;
    const show = () => {
      frame ||= requestAnimationFrame(() => {
        frame = 0;
        setText(all);
      });
    };
    const tail = new EventSource(`api/jobs/${encodeURIComponent(id)}/logs/tail`);
    // It begins anew when the connection was lost.
    tail.onopen = () => (all = '');
    tail.onmessage = ({ data }) => {
      const event = JSON.parse(data as string) as JobTailEvent;
      all = (all + event.text).slice(-LONGEST);
      show();
      if (!event.isEnd) return;
      tail.close();
      setHasEnded(true);
    };
    return () => {
      tail.close();
      cancelAnimationFrame(frame);
    };
  }, [id, isLooking]);

  // Unless the reader has scrolled up.
  useLayoutEffect(() => {
    const element = shown.current;
    if (element !== null && isAtEnd.current) element.scrollTop = element.scrollHeight;
  }, [text]);

  return (
    <Panel title="Output" note={hasEnded ? 'complete' : 'as it is printed'} flush>
      {text === '' ? (
        <p class="quiet" style={{ padding: '0 14px 12px' }}>
          {hasEnded ? 'It printed nothing.' : 'What it prints appears here.'}
        </p>
      ) : (
        <pre
          class="trace"
          style={{ maxHeight: '480px', overflow: 'auto' }}
          tabIndex={0}
          ref={shown}
          onScroll={({ currentTarget: { scrollHeight, scrollTop, clientHeight } }) => {
            isAtEnd.current = scrollHeight - scrollTop - clientHeight < 20;
          }}
        >
          {text}
        </pre>
      )}
    </Panel>
  );
}
