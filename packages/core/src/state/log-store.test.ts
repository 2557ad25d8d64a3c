import { LogStore } from './log-store.ts';

const worker = (number: number) => ({ workerId: `w${number}`, number });
const source = (taskId: string) => ({ name: 'f', taskId, actorId: undefined });
const all = () => true;
const node = { id: 'node', jobId: 'job' };

function texts(store: LogStore, workerId?: string): string[] {
  return store.lines(workerId, all).lines.map(({ text }) => text);
}

test('pieces of text become lines, each with where it came from', () => {
  const store = new LogStore(node);
  store.write(worker(1), 'stdout', source('t1'), 'one\ntw');
  store.write(worker(1), 'stderr', source('t1'), 'error\n');
  store.write(worker(1), 'stdout', source('t2'), 'other task\n');
  store.write(worker(1), 'stdout', source('t1'), 'o\n');
  expect(texts(store)).toEqual(['one', 'error', 'other task', 'two']);
  expect(store.lines('w1', all).lines[1]).toMatchObject({
    number: 2,
    stream: 'stderr',
    nodeId: 'node',
    workerId: 'w1',
    jobId: 'job',
    taskId: 't1',
    name: 'f',
  });
});

test('what a worker printed last is there, even without a line end', () => {
  const store = new LogStore(node);
  store.write(worker(1), 'stdout', source('t1'), 'the last words');
  expect(texts(store)).toEqual([]);
  store.ended('w1');
  expect(texts(store)).toEqual(['the last words']);
  expect(store.list()).toMatchObject([{ workerId: 'w1', state: 'DEAD', lines: 1, bytes: 14, files: [] }]);
});

test('the lines of all workers come in the order in which they were printed', () => {
  const store = new LogStore(node);
  for (let i = 0; i < 6; i++) store.write(worker(i % 3), 'stdout', source('t'), `${i}\n`);
  expect(texts(store)).toEqual(['0', '1', '2', '3', '4', '5']);
  expect(texts(store, 'w1')).toEqual(['1', '4']);
  expect(texts(store, 'nobody')).toEqual([]);
});

test('a worker that prints without end forgets its oldest lines, and nobody else does', () => {
  const store = new LogStore(node);
  store.write(worker(1), 'stdout', source('t'), 'quiet\n');
  const line = `${'x'.repeat(1000)}\n`;
  for (let i = 0; i < 5000; i++) store.write(worker(2), 'stdout', source('t'), line);
  const { lines, dropped } = store.lines('w2', all);
  expect(lines.length + dropped).toBe(5000);
  expect(lines.length).toBeLessThan(1000);
  expect(lines.at(-1)?.number).toBe(5001);
  expect(texts(store, 'w1')).toEqual(['quiet']);
});

test('all together stay within bounds: the logs of dead workers go first', () => {
  const store = new LogStore(node, 100_000);
  for (let number = 1; number <= 50; number++) {
    store.write(worker(number), 'stdout', source('t'), `${'x'.repeat(9_000)}\n`);
    if (number % 2 === 0) store.ended(`w${number}`);
  }
  const left = store.list();
  expect(left.length).toBeLessThanOrEqual(50);
  // The last to die did so after room had been made.
  expect(left.filter(({ state }) => state === 'DEAD').map(({ workerId }) => workerId)).toEqual(['w50']);
  expect(store.lines(undefined, all).lines.length).toBeLessThanOrEqual(11);
});

test('a line without end is cut, not gathered', () => {
  const store = new LogStore(node);
  for (let i = 0; i < 100; i++) store.write(worker(1), 'stdout', source('t'), 'x'.repeat(1000));
  store.ended('w1');
  const lines = store.lines('w1', all).lines;
  expect(lines.length).toBeGreaterThan(1);
  for (const { text } of lines) expect(text.length).toBeLessThanOrEqual(16 * 1024 + 1);
});

test('whoever watches is told of every change until it looks away', () => {
  const store = new LogStore(node);
  let changes = 0;
  const unwatch = store.watch(() => changes++);
  store.write(worker(1), 'stdout', source('t'), 'a\nb\n');
  store.ended('w1');
  unwatch();
  store.write(worker(1), 'stdout', source('t'), 'c\n');
  expect(changes).toBe(3);
});
