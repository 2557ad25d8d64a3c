import {
  AktisError,
  get,
  InvalidOptionError,
  init,
  remote,
  runtimeContext,
  SerializationError,
  shutdown,
  TaskError,
  wait,
} from 'aktis';

const add = remote(function add(a: number, b: number) {
  return a + b;
});
const later = remote(async function later<T>(value: T, milliseconds: number) {
  await new Promise(resolve => setTimeout(resolve, milliseconds));
  return value;
});
const refuse = remote(function refuse(message: string): number {
  throw Object.assign(new RangeError(message), { code: 'E_MINE', limit: 7 });
});
const refusePlainly = remote(function refusePlainly(): number {
  throw new TypeError('plain');
});
const throwText = remote(function throwText(): number {
  throw 'just text';
});
const pair = remote(
  function pair(): [number, string] {
    return [1, 'a'];
  },
  { numReturns: 2 },
);
const triple = remote(
  function triple(): [number, number] {
    return [1, 2, 3] as unknown as [number, number];
  } as () => [number, number],
  { numReturns: 2 },
);
const nothing = remote(function nothing() {});
const unserialisable = remote(function unserialisable() {
  return { handlers: [() => 1] };
});
const depth = remote(async function depth(n: number): Promise<number> {
  return n === 0 ? 0 : 1 + (await get(depth.remote(n - 1)));
});
const keep = remote(function keep(value: { ref: unknown }) {
  return typeof value.ref;
});
const parallel = remote(async function parallel() {
  const slow = later.remote('slow', 30);
  const quick = later.remote('quick', 1);
  return Promise.all([get(slow), get(quick)]);
});
let attempts = 0;
const flaky = remote(
  function flaky(failures: number) {
    if (attempts++ < failures) throw new TypeError(`attempt ${attempts}`);
    return attempts;
  },
  { retryExceptions: [TypeError], numCpus: 2 },
);
const context = remote(
  function context() {
    const { taskId, taskName, nodeId, workerId, assignedResources, actorId } = runtimeContext();
    return { taskId, taskName, nodeId, workerId, assignedResources, actorId };
  },
  { numCpus: 0.5 },
);

class Named {
  @remote() static square(x: number) {
    return x * x;
  }
}

beforeAll(async () => {
  await init({ numCpus: 2 });
});
afterAll(() => shutdown());

test('a task returns a ref at once and get resolves to its result', async () => {
  expect(await get(add.remote(1, 2))).toBe(3);
});

test('the decorated function still works here', () => {
  expect(add(1, 2)).toBe(3);
});

test('a ref as an argument is resolved before the task starts', async () => {
  expect(await get(add.remote(add.remote(1, 2), later.remote(4, 10)))).toBe(7);
});

test('a ref inside an object stays a ref', async () => {
  expect(await get(keep.remote({ ref: add.remote(1, 2) }))).toBe('object');
});

test('get of an array gives the values in order', async () => {
  expect(await get([later.remote('a', 30), add.remote(1, 1)])).toEqual(['a', 2]);
  expect(await get([])).toEqual([]);
});

test('undefined is a result like any other', async () => {
  expect(await get(nothing.remote())).toBeUndefined();
});

test('a static method is a task', async () => {
  expect(await get(Named.square.remote(4))).toBe(16);
});

test('several returns give several refs, and the group resolves as one value', async () => {
  const [number, text] = pair.remote();
  expect(await get(number)).toBe(1);
  expect(await get(text)).toBe('a');
  expect(await get(pair.remote())).toEqual([1, 'a']);
  expect(await get(keep.remote({ ref: 1 }))).toBe('number');
});

test('a wrong number of returns fails and says so', async () => {
  await expect(get(triple.remote())).rejects.toThrow(/numReturns: 2 but returned an array of 3/);
});

test('destructuring a single ref explains what to declare', () => {
  const ref = add.remote(1, 2) as unknown as [unknown];
  expect(() => {
    const [first] = ref;
    return first;
  }).toThrow(/numReturns: 2/);
});

test('an error keeps its class, code and properties, and is a TaskError', async () => {
  const error = await get(refuse.remote('too much')).catch(e => e);
  expect(error).toBeInstanceOf(RangeError);
  expect(error).toBeInstanceOf(TaskError);
  expect(error).toBeInstanceOf(AktisError);
  expect(error).toMatchObject({ message: 'too much', code: 'E_MINE', limit: 7, taskName: 'refuse' });
  expect(error.cause).toBeInstanceOf(RangeError);
  expect(error.cause).not.toBeInstanceOf(TaskError);
  expect(error.stack).toMatch(/tasks\.test\.ts/);
  expect(typeof error.taskId).toBe('string');
});

test('an error without a code has the one of TaskError', async () => {
  await expect(get(refusePlainly.remote())).rejects.toMatchObject({ code: 'ERR_AKTIS_TASK' });
});

test('what is thrown and no error is the cause', async () => {
  const error = await get(throwText.remote()).catch(e => e);
  expect(error).toBeInstanceOf(TaskError);
  expect(error.cause).toBe('just text');
});

test('a failed argument fails the call with that cause', async () => {
  const error = await get(add.remote(refuse.remote('first'), 1)).catch(e => e);
  expect(error).toBeInstanceOf(RangeError);
  expect(error.message).toBe('first');
});

test('what cannot travel is refused at the call, with its path', () => {
  expect(() => keep.remote({ ref: () => 1 })).toThrow(SerializationError);
  expect(() => keep.remote({ ref: () => 1 })).toThrow(/argument 1\.ref/);
});

test('a result that cannot travel fails the ref with SerializationError', async () => {
  await expect(get(unserialisable.remote())).rejects.toThrow(SerializationError);
});

test('nested tasks deeper than there are CPUs do not deadlock', async () => {
  expect(await get(depth.remote(8))).toBe(8);
});

test('a task may wait for several refs at the same time', async () => {
  expect(await get(parallel.options(2).remote())).toEqual(['slow', 'quick']);
});

test('listed exceptions are retried', async () => {
  expect(await get(flaky.remote(2))).toBeGreaterThan(2);
});

test('the context of a task tells where and as what it runs', async () => {
  expect(await get(context.remote())).toMatchObject({
    taskName: 'context',
    assignedResources: { CPU: 0.5 },
    actorId: undefined,
  });
  expect(await get(context.options({ name: 'other' }).remote())).toMatchObject({ taskName: 'other' });
});

test('options that are wrong are refused at the call', () => {
  expect(() => add.options({ numCpus: -1 })).toThrow(InvalidOptionError);
  expect(() => add.options({ numCpus: -1 })).toThrow(/numCpus/);
});

test('numReturns 0 gives no ref', () => {
  expect(nothing.options({ numReturns: 0 }).remote()).toBeUndefined();
});

test('wait splits refs in input order, and a failed one is ready', async () => {
  const slow = later.remote(1, 300);
  const failed = refusePlainly.remote();
  const quick = add.remote(1, 1);
  const [ready, pending] = await wait([slow, failed, quick], { numReturns: 2 });
  expect(ready).toEqual([failed, quick]);
  expect(pending).toEqual([slow]);
  expect(await wait([])).toEqual([[], []]);
  expect(await wait([slow], { timeout: 0 })).toEqual([[], [slow]]);
  await expect(wait([quick, quick])).rejects.toThrow(/twice/);
  await expect(wait([quick], { numReturns: 2 })).rejects.toThrow(InvalidOptionError);
  await expect(wait([quick], { numReturns: 0 })).rejects.toThrow(InvalidOptionError);
  await expect(wait([quick], { timeout: -1 })).rejects.toThrow(InvalidOptionError);
});

test('get of something else says what it wants', async () => {
  await expect(get(3 as never)).rejects.toThrow(/takes an ObjectRef/);
  await expect(get([add.remote(1, 1), Promise.resolve(1)] as never)).rejects.toThrow(/element 1 is a promise/);
});
