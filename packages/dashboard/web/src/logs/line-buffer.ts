import type { LogLine } from '../../../src/api-types.ts';

/** How many lines a page keeps. */
export const CAPACITY = 50_000;

// biome-ignore lint/suspicious/noControlCharactersInRegex: that is what colours are made of in a terminal
const COLOURS = /\u001b\[[0-9;?]*[A-Za-z]/g;

/**
 * The newest lines, in order and each once: what the list of old lines and the stream of new ones have in common is told
 * twice.
 */
export class LineBuffer {
  lines: readonly LogLine[] = [];
  /** How many had to go. */
  forgotten = 0;
  /** The number of the newest line of each node. */
  readonly #newest = new Map<string, number>();

  add(lines: readonly LogLine[]): void {
    const fresh = lines.filter(({ nodeId, number }) => number > (this.#newest.get(nodeId) ?? -1));
    for (const { nodeId, number } of fresh) this.#newest.set(nodeId, Math.max(number, this.#newest.get(nodeId) ?? -1));
    const all = [...this.lines, ...fresh.map(line => ({ ...line, text: line.text.replace(COLOURS, '') }))];
    this.forgotten += Math.max(0, all.length - CAPACITY);
    this.lines = all.slice(-CAPACITY);
  }
}
