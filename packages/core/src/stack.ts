import { fileURLToPath } from 'node:url';

/** The folder of all our packages; frames may name files by URL or path, built or mapped back to their sources. */
const ours = fileURLToPath(new URL('../../', import.meta.url));

/** Frames of the machinery that runs user code say nothing to its author. */
export function withoutInternalFrames(stack: string): string {
  return stack
    .split('\n')
    .filter(line => !/^ +at /.test(line) || !isInternal(line))
    .join('\n');
}

/** The stack of whoever calls, without its first line and without our own frames. */
export function stackHere(): string {
  const stack = new Error().stack ?? '';
  return withoutInternalFrames(stack.slice(stack.indexOf('\n') + 1));
}

/** Whether code at this URL belongs neither to us nor to Node. */
export function isOfUser(url: string): boolean {
  return !url.startsWith('node:') && !isInternal(url.startsWith('file:') ? fileURLToPath(url) : url);
}

function isInternal(line: string): boolean {
  if (/\((node:async_hooks|node:internal)|at node:internal/.test(line)) return true;
  return line.includes(ours) && !/\.test\.ts/.test(line);
}
