import type { RichPayload } from '../payload.ts';
import type { ReferenceAdapter } from './reference-adapter.ts';

/** What the path for values that JSON cannot carry does. */
export interface RichPath {
  encode(value: unknown, how: RichEncoding): RichPayload;
  decode(payload: RichPayload, how: RichDecoding): unknown;
}

export interface RichEncoding {
  readonly references: ReferenceAdapter;
  /** How error paths begin, or `arguments` for a list whose members are called `argument 1` and so on. */
  readonly root: string;
  /** Describe what cannot travel instead of refusing it: for errors, which must always arrive. */
  readonly lenient: boolean;
}

export interface RichDecoding {
  readonly references: ReferenceAdapter;
  readonly copy: boolean;
}

/** As {@link RichEncoding.root}: the value is the list of arguments of a call. */
export const ARGUMENTS = 'arguments';

let current: RichPath | undefined;
let loading: Promise<void> | undefined;

/** Installs the rich path; `@aktis/transport` does so on import, `@aktis/transport/worker` leaves it to `codecReady`. */
export function useRichPath(path: RichPath): void {
  current = path;
}

/**
 * Resolves once values of every kind can be encoded and decoded. Loading SuperJSON takes about a third as long as
 * starting a thread does, so a worker's first modules leave it out and it awaits this before its first task.
 */
export function codecReady(): Promise<void> {
  if (current !== undefined) return Promise.resolve();
  loading ??= import('./rich/superjson-path.ts').then(module => useRichPath(module.superJsonPath));
  return loading;
}

export function richPath(): RichPath {
  if (current === undefined) throw new Error('The codec is not loaded yet: await codecReady() before the first value.');
  return current;
}
