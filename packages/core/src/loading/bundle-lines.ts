/** Which module each line of a bundle comes from: `lines` holds pairs of a first line and an index into `sources`. */
export interface BundleLines {
  /** URLs of the modules, as they were where the program was bundled. */
  readonly sources: readonly string[];
  /** Ascending; an index of -1 is code of the bundle itself. */
  readonly lines: readonly number[];
}

const bundles = new Map<string, BundleLines>();

/** Makes `sourceAt` know the bundle at `url`. */
export function addBundleLines(url: string, lines: BundleLines): void {
  bundles.set(url, lines);
}

/**
 * The module that `line` of `file` was written in. All modules of a bundle share a file, and definitions are known by the
 * module that makes them. What is no bundle is a module itself.
 */
export function sourceAt(file: string, line: number): string {
  const bundle = bundles.get(file);
  if (bundle === undefined) return file;
  const { sources, lines } = bundle;
  let [low, high] = [0, lines.length / 2];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((lines[middle * 2] as number) <= line) low = middle + 1;
    else high = middle;
  }
  return sources[lines[low * 2 - 1] ?? -1] ?? file;
}
