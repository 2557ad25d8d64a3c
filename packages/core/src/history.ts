import type { Node } from './node.ts';
import type { HistoryOptions } from './types.ts';

/** What writes down what happens in a session: the package dashboard brings it. */
export interface History {
  /** Begins; resolves to what ends it, once everything is on disk. */
  keep(node: Node, options: HistoryOptions): Promise<() => Promise<void>>;
}

let load: (() => Promise<History>) | undefined;

/** Sets where the history comes from; it is loaded for sessions that keep one. */
export function registerHistory(history: () => Promise<History>): void {
  load = history;
}

/**
 * Begins to keep what happens in a session, if its options or `AKTIS_HISTORY=1` say so. A session without its history is
 * still a session, so failures are only told.
 */
export function openHistory(node: Node): void {
  const { history = process.env.AKTIS_HISTORY === '1' } = node.options;
  if (history === false || load === undefined) return;
  const keeping = load().then(({ keep }) => keep(node, history === true ? {} : history));
  keeping.catch(error => node.logs.warn(`There is no history: ${(error as Error).message}`));
  node.onEnd(() =>
    keeping.then(
      end => end(),
      () => {},
    ),
  );
}
