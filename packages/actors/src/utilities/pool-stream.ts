import type { Outcome } from './within-time.ts';
import { outcomeOf, unwrap } from './within-time.ts';

/** How chunks become results, and how many of them may be under way or waiting to be taken. */
export interface StreamSettings {
  readonly run: (chunk: readonly unknown[]) => Promise<readonly unknown[]>;
  readonly window: number;
  readonly inOrder: boolean;
}

/**
 * Turns chunks into results while both come and go: a slow source does not hold back results that are there, and a slow
 * consumer holds back the source.
 */
export async function* streamResults(
  chunks: AsyncIterator<readonly unknown[]>,
  { run, window, inOrder }: StreamSettings,
): AsyncGenerator<unknown, void, undefined> {
  const ready = new Map<number, Outcome<readonly unknown[]>>();
  let started = 0;
  let taken = 0;
  let isPulling = false;
  let ended: Outcome<undefined> | undefined;
  let wake = () => {};

  const pull = async () => {
    isPulling = true;
    const pulled = await outcomeOf(async () => chunks.next());
    isPulling = false;
    if ('error' in pulled) ended = pulled;
    else if (pulled.value.done) ended = { value: undefined };
    else void start(started++, pulled.value.value);
    wake();
  };
  const start = async (number: number, chunk: readonly unknown[]) => {
    ready.set(number, await outcomeOf(() => run(chunk)));
    wake();
  };

  try {
    for (;;) {
      if (ended === undefined && !isPulling && started - taken < window) void pull();
      const number = inOrder ? taken : ready.keys().next().value;
      const outcome = number === undefined ? undefined : ready.get(number);
      if (number !== undefined && outcome !== undefined) {
        ready.delete(number);
        taken++;
        yield* unwrap(outcome);
      } else if (ended !== undefined && taken === started) {
        unwrap(ended);
        return;
      } else {
        await new Promise<void>(resolve => {
          wake = resolve;
        });
      }
    }
  } finally {
    if (ended === undefined) void outcomeOf(async () => chunks.return?.());
  }
}

/** Groups of `size` items; the last may be smaller. */
export async function* chunksOf<T>(items: Iterable<T> | AsyncIterable<T>, size: number): AsyncGenerator<readonly T[]> {
  let chunk: T[] = [];
  for await (const item of items) {
    chunk.push(item);
    if (chunk.length < size) continue;
    yield chunk;
    chunk = [];
  }
  if (chunk.length > 0) yield chunk;
}
