/** The part of a source map that is used here. */
export interface SourceMap {
  sources: string[];
  readonly mappings: string;
}

const digits = new Map(
  Array.from('ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/', (digit, value) => [digit, value]),
);

/**
 * For each line of a bundle the index of its source; -1 for code of the bundle itself. `headings` are what esbuild writes
 * above the code of each source, where helpers that compilers add have no place in the source map.
 */
export function sourceOfLines(code: readonly string[], mappings: string, headings: readonly string[]): number[] {
  const mapped = mappedSources(mappings);
  const sources: number[] = [];
  let current = -1;
  let from = 0;
  for (let line = 0; line < code.length; line++) {
    const next = mapped[line] ?? -1;
    if (next < 0 || next === current) continue;
    const heading = code.lastIndexOf(`// ${headings[next]}`, line);
    const begins = heading >= from ? heading : line;
    while (sources.length < begins) sources.push(current);
    current = next;
    from = line;
  }
  while (sources.length < code.length) sources.push(current);
  return sources;
}

/** For each line the source of its first segment; -1 without one. */
function mappedSources(mappings: string): number[] {
  let source = 0;
  return mappings.split(';').map(line => {
    let first = -1;
    for (const segment of line === '' ? [] : line.split(',')) {
      const change = secondField(segment);
      if (change === undefined) continue;
      source += change;
      if (first < 0) first = source;
    }
    return first;
  });
}

/** A segment is a list of numbers in base 64; the second is by how much the index of the source changes. */
function secondField(segment: string): number | undefined {
  let field = 0;
  let value = 0;
  let shift = 0;
  for (const character of segment) {
    const digit = digits.get(character) ?? 0;
    value |= (digit & 31) << shift;
    shift += 5;
    if (digit & 32) continue;
    if (field++ === 1) return value & 1 ? -(value >> 1) : value >> 1;
    value = shift = 0;
  }
  return undefined;
}

/** The same as pairs of a first line, counted from 1, and a source: what `BundleLines` of the core wants. */
export function linePairs(sources: readonly number[]): number[] {
  return sources.flatMap((source, line) => (source === sources[line - 1] ? [] : [line + 1, source]));
}
