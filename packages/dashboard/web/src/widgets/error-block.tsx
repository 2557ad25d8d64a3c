import type { ErrorInfo } from '../../../src/api-types.ts';
import { isForeign } from '../text/foreign-code.ts';

/** An error as it was thrown: the message as it stands, then the stack with the reader's own code in front of the rest. */
export function ErrorBlock({ error }: { error: ErrorInfo }) {
  const { type, message, stack } = error;
  return (
    <pre class="trace" tabIndex={0}>
      <strong class="bad">
        {type}: {message}
      </strong>
      {framesOf(stack).map(frame => (
        <span key={frame} class={isForeign(frame) ? 'foreign' : undefined}>
          {`\n${frame}`}
        </span>
      ))}
    </pre>
  );
}

/** The stack's lines, without the message they start with. */
function framesOf(stack: string | undefined): string[] {
  const lines = (stack ?? '').split('\n');
  const first = lines.findIndex(line => /^\s+at /.test(line));
  return first === -1 ? [] : [...new Set(lines.slice(first))];
}
