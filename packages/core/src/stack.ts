/** Where the code of this package lies; its sources and its built files are one folder each. */
const here = import.meta.url.slice(0, import.meta.url.lastIndexOf('/') + 1);

/** Frames of the machinery that runs user code say nothing to its author. */
export function withoutInternalFrames(stack: string): string {
  return stack
    .split('\n')
    .filter(line => !/^ +at /.test(line) || !(line.includes(here) || /\((node:async_hooks|node:internal)/.test(line)))
    .join('\n');
}

/** The stack of whoever calls, without its first line and without our own frames. */
export function stackHere(): string {
  const stack = new Error().stack ?? '';
  return withoutInternalFrames(stack.slice(stack.indexOf('\n') + 1));
}
