import type { StateAnswer } from '../../../src/api-types.ts';
import { CHUNK, RowCache } from './row-cache.ts';

/** Answers when told to. */
class Source {
  readonly asked: number[] = [];
  readonly #waiting = new Map<number, { answer: (page: StateAnswer<string>) => void; fail: (error: Error) => void }>();
  changes = 0;
  readonly rows = new RowCache<string>(
    (offset, _, signal) =>
      new Promise((answer, fail) => {
        this.asked.push(offset);
        this.#waiting.set(offset, { answer, fail });
        signal.addEventListener('abort', () => fail(new Error('given up')));
      }),
    () => this.changes++,
  );

  async answer(offset: number, version = ''): Promise<void> {
    const items = Array.from({ length: CHUNK }, (_, index) => `${offset + index}${version}`);
    this.#waiting.get(offset)?.answer({ items, total: 10_000, dropped: 3, truncated: true, missingNodes: [] });
    await settled();
  }

  async fail(offset: number): Promise<void> {
    this.#waiting.get(offset)?.fail(new Error('no answer'));
    await settled();
  }
}

const settled = () => new Promise(resolve => setImmediate(resolve));

test('what is in sight is asked for once, in chunks', async () => {
  const source = new Source();
  source.rows.want(90, 130);
  source.rows.want(95, 135);
  expect(source.asked).toEqual([0, 100]);
  await source.answer(0);
  expect(source.rows.row(95)).toBe('95');
  expect(source.rows.row(105)).toBeUndefined();
  expect(source.rows.total).toBe(10_000);
  expect(source.changes).toBe(1);
});

test('what was passed over is given up, and asked for again when the reader comes back', async () => {
  const source = new Source();
  source.rows.want(0, 20);
  source.rows.want(5000, 5020);
  await settled();
  expect(source.rows.failure).toBeUndefined();
  source.rows.want(0, 20);
  expect(source.asked).toEqual([0, 5000, 0]);
  await source.answer(0);
  expect(source.rows.row(3)).toBe('3');
});

test('a reload keeps what is in sight until the answer comes, and forgets the rest', async () => {
  const source = new Source();
  source.rows.want(0, 20);
  await source.answer(0);
  source.rows.want(500, 520);
  await source.answer(500);
  source.rows.reload();
  expect(source.rows.row(500)).toBe('500');
  expect(source.rows.row(0)).toBeUndefined();
  await source.answer(500, ' again');
  expect(source.rows.row(500)).toBe('500 again');
});

test('a failure is told, and is over with the next answer', async () => {
  const source = new Source();
  source.rows.want(0, 20);
  await source.fail(0);
  expect(source.rows.failure).toEqual(new Error('no answer'));
  source.rows.reload();
  await source.answer(0);
  expect(source.rows.failure).toBeUndefined();
});

test('only so much is kept', async () => {
  const source = new Source();
  for (let first = 0; first < 60 * CHUNK; first += CHUNK) {
    source.rows.want(first, first + 10);
    await source.answer(first);
  }
  expect(source.rows.row(0)).toBeUndefined();
  expect(source.rows.row(59 * CHUNK)).toBe(String(59 * CHUNK));
});
