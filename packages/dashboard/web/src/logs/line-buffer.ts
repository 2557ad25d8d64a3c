import type { LogLine } from '../../../src/api-types.ts';

/** How many lines a page keeps. */
export const CAPACITY = 50_000;

// biome-ignore lint/suspicious/noControlCharactersInRegex: that is what colours are made of in a terminal
const COLOURS = /\u001b\[[0-9;?]*[A-Za-z]/g;

/**
 * The newest lines, each once: what the answer with the old lines and the stream of new ones have in common comes twice,
 * and the stream may be faster.
 */
export class LineBuffer {
  lines: readonly LogLine[] = [];
  /** How many had to go. */
  forgotten = 0;
  /** By node: the numbers of the lines there are, or were. */
  readonly #known = new Map<string, { first: number; last: number }>();

  add(lines: readonly LogLine[]): void {
    const older: LogLine[] = [];
    const newer: LogLine[] = [];
    const before = new Map(this.#known);
    for (const line of lines) {
      const { nodeId, number } = line;
      const known = before.get(nodeId);
      if (known !== undefined && number >= known.first && number <= known.last) continue;
      const shown = { ...line, text: line.text.replace(COLOURS, '') };
      if (known !== undefined && number < known.first) older.push(shown);
      else newer.push(shown);
      const { first, last } = this.#known.get(nodeId) ?? { first: number, last: number };
      this.#known.set(nodeId, { first: Math.min(first, number), last: Math.max(last, number) });
    }
    if (older.length === 0 && newer.length === 0) return;
    const all = [...older, ...this.lines, ...newer];
    this.forgotten += Math.max(0, all.length - CAPACITY);
    this.lines = all.slice(-CAPACITY);
  }
}
