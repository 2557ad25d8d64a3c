import { appendFileSync, existsSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import {
  availableResources,
  cancel,
  explain,
  get,
  InvalidOptionError,
  init,
  type ObjectRef,
  put,
  register,
  remote,
  runtimeContext,
  shutdown,
  TaskCancelledError,
  TaskTimeoutError,
  WorkerDiedError,
  wait,
} from 'aktis';

const directory = mkdtempSync(join(tmpdir(), 'aktis-contract-'));
let files = 0;
const newFile = () => join(directory, `${files++}`);
const textOf = (file: string) => (existsSync(file) ? readFileSync(file, 'utf8') : '');

class Refused extends Error {}
class RefusedTwice extends Refused {}
register(Refused);
register(RefusedTwice);

/** Counts its attempts in `file`; those before the `last` end as `how` says. */
const attempt = remote(async function attempt(
  file: string,
  how: 'exit' | 'exit later' | 'throw' | 'throw subclass' | 'spin' | 'work',
  last = 3,
) {
  appendFileSync(file, 'x');
  const attempts = readFileSync(file, 'utf8').length;
  if (attempts >= last || how === 'work') return attempts;
  if (how === 'throw') throw new RangeError(`attempt ${attempts}`);
  if (how === 'throw subclass') throw new RefusedTwice(`attempt ${attempts}`);
  if (how === 'exit later') await new Promise(() => setTimeout(() => process.exit(1), 2));
  if (how === 'spin') for (;;);
  process.exit(4);
});
const identity = remote(function identity<T>(value: T) {
  return value;
});
const later = remote(async function later<T>(milliseconds: number, value: T) {
  await new Promise(resolve => setTimeout(resolve, milliseconds));
  return value;
});
/** Whoever reads the file meanwhile finds the old text or the new one, never half of it. */
function replaceText(file: string, text: string) {
  writeFileSync(`${file}.new`, text);
  renameSync(`${file}.new`, file);
}
const untilAborted = remote(async function untilAborted(file: string) {
  const { signal } = runtimeContext();
  replaceText(file, 'started');
  await new Promise(resolve => signal.addEventListener('abort', resolve));
  replaceText(file, signal.reason.code);
});
const tree = remote(async function tree(depth: number, file: string): Promise<void> {
  await get(depth === 0 ? untilAborted.remote(file) : tree.remote(depth - 1, file));
});
const cancelIt = remote(async function cancelIt({ ref }: { ref: ObjectRef }) {
  await cancel(ref);
});
const deep = remote(async function deep(n: number): Promise<number> {
  return n === 0 ? 0 : 1 + (await get(deep.remote(n - 1)));
});
const fibonacci = remote(async function fibonacci(n: number): Promise<number> {
  if (n < 2) return n;
  const [a, b] = await get([fibonacci.remote(n - 1), fibonacci.remote(n - 2)]);
  return a + b;
});
const sumOfChildren = remote(async function sumOfChildren(n: number) {
  return (await get(Array.from({ length: n }, (_, i) => identity.remote(i)))).reduce((a, b) => a + b, 0);
});
const submitAndForget = remote(function submitAndForget(file: string) {
  attempt.remote(file, 'work');
});
const contextStays = remote({ numCpus: 0 })(async function contextStays() {
  const before = runtimeContext().taskId;
  await new Promise(resolve => setTimeout(resolve, 10));
  return before === runtimeContext().taskId;
});
const threadOfItsOwn = remote(function threadOfItsOwn() {
  return new Promise<number>((resolve, reject) => {
    new Worker('require("node:worker_threads").parentPort.postMessage(42)', { eval: true })
      .on('message', resolve)
      .on('error', reject);
  });
});
const spoil = remote(async function spoil() {
  console.log = () => {};
  Date.now = () => 5;
  Object.defineProperty(Object.prototype, 'inherited', { value: 5, enumerable: true, configurable: true });
  return 'spoilt';
});
const talkToParent = remote(async function talkToParent() {
  const { parentPort } = await import('node:worker_threads');
  parentPort?.postMessage('hello');
  parentPort?.postMessage({ t: 1 });
  return 'said';
});
const changeDirectory = remote(function changeDirectory() {
  process.chdir('/');
});
const twoCalls = remote({ maxCalls: 2 })(function twoCalls() {
  return runtimeContext().workerId;
});
const leaveUnhandled = remote({ maxRetries: 0 })(async function leaveUnhandled() {
  Promise.reject(new Error('nobody handles this'));
  await new Promise(resolve => setTimeout(resolve, 1_000));
});
const thenable = remote(function thenable() {
  return { then: (resolve: (value: number) => void) => resolve(99) };
});

beforeAll(async () => {
  await init({ numCpus: 2, includeDashboard: false });
});
afterAll(async () => {
  await shutdown();
  rmSync(directory, { recursive: true });
});

async function until(condition: () => boolean | Promise<boolean>) {
  while (!(await condition())) await new Promise(resolve => setTimeout(resolve, 5));
}

test('a task that died with its worker for good takes no other one of its queue along', async () => {
  const all = { numCpus: (await availableResources()).CPU ?? 1, maxRetries: 0 };
  const dying = attempt.options(all).remote(newFile(), 'exit');
  await expect(get(dying)).rejects.toThrow(WorkerDiedError);
  const running = later.options(all).remote(200, 'ran');
  const waiting = later.options(all).remote(0, 'waited');
  const cancelled = later.options(all).remote(0, 'cancelled');
  await cancel(cancelled);
  expect(await get([running, waiting])).toEqual(['ran', 'waited']);
});

test('a task is run again after its worker died, three times unless told otherwise', async () => {
  expect(await get(attempt.remote(newFile(), 'exit', 4))).toBe(4);
  for (const [maxRetries, attempts] of [
    [0, 1],
    [1, 2],
  ] as const) {
    const file = newFile();
    await expect(get(attempt.options({ maxRetries }).remote(file, 'exit', 9))).rejects.toThrow(WorkerDiedError);
    expect(textOf(file)).toHaveLength(attempts);
  }
  expect(await get(attempt.options({ maxRetries: -1 }).remote(newFile(), 'exit later', 6))).toBe(6);
});

test('exceptions are retried when they are listed, subclasses included', async () => {
  for (const retryExceptions of [true, [RangeError], [Error]]) {
    expect(await get(attempt.options({ retryExceptions }).remote(newFile(), 'throw'))).toBe(3);
  }
  expect(await get(attempt.options({ retryExceptions: [Refused] }).remote(newFile(), 'throw subclass'))).toBe(3);
  for (const retryExceptions of [false, [TypeError]]) {
    const file = newFile();
    await expect(get(attempt.options({ retryExceptions }).remote(file, 'throw'))).rejects.toThrow(RangeError);
    expect(textOf(file)).toHaveLength(1);
  }
});

test('a time limit counts from the start and is retried only if listed', async () => {
  const file = newFile();
  await expect(get(attempt.options({ timeout: 50 }).remote(file, 'spin'))).rejects.toThrow(TaskTimeoutError);
  expect(textOf(file)).toHaveLength(1);
  expect(
    await get(attempt.options({ timeout: 50, retryExceptions: [TaskTimeoutError] }).remote(newFile(), 'spin')),
  ).toBe(3);
  const before = [later.remote(150, 1), later.remote(150, 1)];
  expect(await get(later.options({ timeout: 100 }).remote(1, 'in time'))).toBe('in time');
  await get(before);
});

test('cancel reaches what the task waits for, however deep', async () => {
  const file = newFile();
  const ref = tree.remote(3, file);
  await until(() => textOf(file) === 'started');
  await cancel(ref);
  await expect(get(ref)).rejects.toThrow(TaskCancelledError);
  await until(() => textOf(file) === TaskCancelledError.code);
});

test('recursive: false leaves the children running', async () => {
  const file = newFile();
  const ref = tree.remote(0, file);
  await until(() => textOf(file) === 'started');
  try {
    // The child may lie on the thread that is replaced; then it starts again on another.
    await cancel(ref, { recursive: false, grace: 10 });
    await expect(get(ref)).rejects.toThrow(TaskCancelledError);
    expect(await get(identity.remote('still'))).toBe('still');
    expect(textOf(file)).toBe('started');
  } finally {
    await shutdown();
    await init({ numCpus: 2, includeDashboard: false });
  }
});

test('cancel works from a task, takes dependants with it, and leaves arguments alone', async () => {
  const ref = later.remote(60_000, 1);
  const dependant = identity.remote(ref);
  await get(cancelIt.remote({ ref }));
  await expect(get(ref)).rejects.toThrow(TaskCancelledError);
  await expect(get(dependant)).rejects.toThrow(TaskCancelledError);
  const argument = later.remote(30, 'lives');
  const waiting = identity.remote(argument);
  await cancel(waiting);
  await expect(get(waiting)).rejects.toThrow(TaskCancelledError);
  expect(await get(argument)).toBe('lives');
});

test('cancel of what is finished or was put does nothing; what is no ref is refused', async () => {
  const ref = put(1);
  await cancel(ref);
  expect(await get(ref)).toBe(1);
  for (const value of [null, 5, [ref]]) await expect(cancel(value as never)).rejects.toThrow(TypeError);
  for (const options of [{ grace: -1 }, { force: 1 }, { bogus: 1 }])
    await expect(cancel(ref, options as never)).rejects.toThrow(InvalidOptionError);
});

test('fifty thousand queued tasks are cancelled, and none of them runs', async () => {
  const running = [later.remote(60_000, 0), later.remote(60_000, 0)];
  const queued = Array.from({ length: 50_000 }, (_, i) => identity.remote(i));
  await Promise.all(queued.map(ref => cancel(ref)));
  expect((await wait(queued, { numReturns: queued.length }))[0]).toHaveLength(queued.length);
  await expect(get(queued.at(-1) as ObjectRef<number>)).rejects.toThrow(TaskCancelledError);
  await Promise.all(running.map(ref => cancel(ref, { force: true })));
  expect(await get(identity.remote(3))).toBe(3);
  await until(async () => (await availableResources()).CPU === 2);
});

test('tasks that wait for tasks need no CPU of their own', async () => {
  expect(await get(deep.remote(60))).toBe(60);
  expect(await get(fibonacci.remote(10))).toBe(55);
  expect(await get(sumOfChildren.remote(5_000))).toBe(12_497_500);
});

test('a task runs although nobody keeps its ref', async () => {
  const file = newFile();
  await get(submitAndForget.remote(file));
  await until(() => textOf(file) === 'x');
});

test('the context belongs to the task, across awaits and among many', async () => {
  expect(await get(Array.from({ length: 30 }, () => contextStays.remote()))).toEqual(Array(30).fill(true));
});

test('tasks may start threads, spoil globals of their worker and talk to its parent', async () => {
  expect(await get(threadOfItsOwn.remote())).toBe(42);
  expect(await get([talkToParent.remote(), talkToParent.remote()])).toEqual(['said', 'said']);
  expect(await get([spoil.remote(), spoil.remote()])).toEqual(['spoilt', 'spoilt']);
  expect(await get(Array.from({ length: 20 }, (_, i) => identity.remote({ i })))).toEqual(
    Array.from({ length: 20 }, (_, i) => ({ i })),
  );
  await expect(get(changeDirectory.remote())).rejects.toThrow(/chdir/);
});

test('a rejection nobody handles ends that worker and says which task it was', async () => {
  await expect(get(leaveUnhandled.remote())).rejects.toThrow(/leaveUnhandled.*nobody handles this/s);
});

test('maxCalls gives a fresh worker after so many calls', async () => {
  const workers = [];
  for (let i = 0; i < 4; i++) workers.push(await get(twoCalls.remote()));
  expect(new Set(workers).size).toBeGreaterThanOrEqual(2);
});

test('a thenable result is awaited', async () => {
  expect(await get(thenable.remote())).toBe(99);
});

test('explain says what a ref waits for', async () => {
  const first = later.remote(60_000, 1);
  const second = identity.remote(first);
  expect(await explain(second)).toMatch(/arguments.*later/);
  const gold = identity.options({ resources: { gold: 1 } }).remote(1);
  expect(await explain(gold)).toMatch(/gold/);
  expect(await explain(put(1))).toMatch(/ready/);
  await Promise.all([first, gold].map(ref => cancel(ref, { force: true })));
});

test('with workers dying at random every ref settles, with the right value', async () => {
  const dies = (i: number) => i % 97 === 5;
  const refs = Array.from({ length: 1_000 }, (_, i) =>
    dies(i)
      ? attempt.options({ maxRetries: 0 }).remote(newFile(), 'exit')
      : identity.options({ maxRetries: -1 }).remote(i),
  );
  const outcomes = await Promise.allSettled(refs.map(ref => get(ref)));
  outcomes.forEach((outcome, i) => {
    if (outcome.status === 'fulfilled') expect(outcome.value).toBe(i);
    else expect([dies(i), outcome.reason instanceof WorkerDiedError]).toEqual([true, true]);
  });
  expect(outcomes.filter(({ status }) => status === 'rejected')).toHaveLength(refs.filter((_, i) => dies(i)).length);
});
