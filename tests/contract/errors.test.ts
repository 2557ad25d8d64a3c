import * as aktis from 'aktis';
import {
  ActorDiedError,
  type ActorHandle,
  AktisError,
  get,
  InvalidOptionError,
  init,
  NodeDiedError,
  ObjectLostError,
  OutOfMemoryError,
  OwnerDiedError,
  register,
  remote,
  SerializationError,
  shutdown,
  TaskError,
  WorkerDiedError,
  wait,
} from 'aktis';

class Overdrawn extends Error {
  readonly account: { id: number };
  constructor(message: string, id: number) {
    super(message);
    this.name = 'Overdrawn';
    this.account = { id };
  }
  describe() {
    return `${this.message} on ${this.account.id}`;
  }
}
register(Overdrawn);
class Unregistered extends Error {
  override readonly name = 'Unregistered';
  readonly limit = 42;
}

const overdraw = remote(function overdraw(): number {
  throw new Overdrawn('too much', 7);
});
const throwUnregistered = remote(function throwUnregistered(): number {
  throw new Unregistered('unknown here');
});
const throwChain = remote(function throwChain(): number {
  throw new TypeError('outer', { cause: new RangeError('middle', { cause: new Overdrawn('inner', 1) }) });
});
const throwSeveral = remote(function throwSeveral(): number {
  throw new AggregateError([new TypeError('a'), new Overdrawn('b', 2)], 'several');
});
const throwValue = remote(function throwValue(value: unknown): number {
  throw value;
});
const throwWithFunction = remote(function throwWithFunction(): number {
  throw Object.assign(new Error('with a function'), { handler: () => 1, kept: true });
});
const throwCircular = remote(function throwCircular(): number {
  const error = new Error('circular') as Error & { self?: unknown };
  error.self = error;
  throw error;
});
const throwFrozen = remote(function throwFrozen(): number {
  throw Object.freeze(new RangeError('frozen'));
});
const readMissingFile = remote(async function readMissingFile() {
  const { readFile } = await import('node:fs/promises');
  return readFile('/does/not/exist', 'utf8');
});
const overflow = remote(function overflow(): number {
  return (function deeper(): number {
    return deeper() + 1;
  })();
});
const inner = remote(async function inner(): Promise<number> {
  return get(overdraw.remote());
});
const outer = remote(async function outer(): Promise<number> {
  return get(inner.remote());
});
const catchHere = remote(async function catchHere() {
  const error = await get(overdraw.remote()).catch(e => e);
  return [error instanceof Overdrawn, error instanceof TaskError, error.describe(), error.cause instanceof Overdrawn];
});
const returnError = remote(function returnError() {
  return new Overdrawn('only a value', 3);
});
const identity = remote(function identity(value: unknown) {
  return value;
});
const exit = remote({ maxRetries: 0 })(function exit() {
  process.exit(1);
});

@remote()
class Account {
  withdraw(): number {
    throw new Overdrawn('no money', 9);
  }
  async withdrawFrom(other: ActorHandle<Account>): Promise<number> {
    return get(other.withdraw.remote());
  }
}

@remote()
class Doomed {
  constructor() {
    throw new RangeError('never');
  }
  live() {}
}

async function failureOf(promise: Promise<unknown>) {
  return promise.then(
    value => expect(value).toBe('a failure'),
    error => error,
  );
}

beforeAll(async () => {
  await init({ numCpus: 2, includeDashboard: false });
});
afterAll(() => shutdown());

test('a registered class arrives whole, through as many tasks as it passes', async () => {
  for (const task of [overdraw, inner, outer]) {
    const error = await failureOf(get(task.remote()));
    expect(error).toBeInstanceOf(Overdrawn);
    expect(error).toBeInstanceOf(TaskError);
    expect(error).toBeInstanceOf(AktisError);
    expect(error.describe()).toBe('too much on 7');
    expect(error.code).toBe('ERR_AKTIS_TASK');
    expect(error.taskName).toBe(task.name);
    expect(error.cause).toBeInstanceOf(Overdrawn);
  }
});

test('instanceof holds in a worker that catches', async () => {
  expect(await get(catchHere.remote())).toEqual([true, true, 'too much on 7', true]);
});

test('errors of actors name the actor and pass through other actors', async () => {
  const [one, other] = [Account.remote(), Account.remote()];
  for (const ref of [one.withdraw.remote(), one.withdrawFrom.remote(other)]) {
    const error = await failureOf(get(ref));
    expect(error).toBeInstanceOf(Overdrawn);
    expect(error).toBeInstanceOf(TaskError);
    expect(typeof error.actorId).toBe('string');
  }
});

test('an unregistered class arrives as Error with its name and properties', async () => {
  const error = await failureOf(get(throwUnregistered.remote()));
  expect(error).not.toBeInstanceOf(Unregistered);
  expect(error).toMatchObject({ name: 'Unregistered', message: 'unknown here', limit: 42 });
});

test('the chain of causes keeps its classes', async () => {
  const error = await failureOf(get(throwChain.remote()));
  expect(error).toBeInstanceOf(TypeError);
  expect(error.cause).toBeInstanceOf(TypeError);
  expect(error.cause.cause).toBeInstanceOf(RangeError);
  expect(error.cause.cause.cause).toBeInstanceOf(Overdrawn);
  expect(error.cause.cause.cause.account).toEqual({ id: 1 });
});

test('an AggregateError keeps its errors', async () => {
  const error = await failureOf(get(throwSeveral.remote()));
  expect(error.errors[0]).toBeInstanceOf(TypeError);
  expect(error.errors[1]).toBeInstanceOf(Overdrawn);
});

test.each([[0], [''], [null], [undefined], [false], [5n], [{ a: 1 }], [[1]]])(
  'throwing %p gives a TaskError with it as cause',
  async value => {
    const error = await failureOf(get(throwValue.remote(value)));
    expect(error).toBeInstanceOf(TaskError);
    expect(error.cause).toEqual(value);
    expect(error.code).toBe('ERR_AKTIS_TASK');
  },
);

test('what cannot travel in an error does not hide the error', async () => {
  expect(await failureOf(get(throwWithFunction.remote()))).toMatchObject({ message: 'with a function', kept: true });
  const circular = await failureOf(get(throwCircular.remote()));
  expect(circular.self).toBe(circular);
  expect(await failureOf(get(throwFrozen.remote()))).toBeInstanceOf(RangeError);
});

test('errors of Node keep code, path and syscall', async () => {
  expect(await failureOf(get(readMissingFile.remote()))).toMatchObject({
    code: 'ENOENT',
    path: '/does/not/exist',
    syscall: 'open',
  });
});

test('a stack overflow in a task is a RangeError, and the worker goes on', async () => {
  await expect(get(overflow.remote())).rejects.toThrow(RangeError);
  expect(await get(identity.remote(1))).toBe(1);
});

test('every reader gets an error of its own', async () => {
  const ref = overdraw.remote();
  const [first, second] = [await failureOf(get(ref)), await failureOf(get(ref))];
  first.account.id = 0;
  expect(second.account.id).toBe(7);
});

test('a returned error is a value', async () => {
  const error = await get(returnError.remote());
  expect(error).toBeInstanceOf(Overdrawn);
  expect(error).not.toBeInstanceOf(TaskError);
});

test('a failure passes through a chain of arguments', async () => {
  const error = await failureOf(get(identity.remote(identity.remote(identity.remote(overdraw.remote())))));
  expect(error).toBeInstanceOf(Overdrawn);
  expect(error.account).toEqual({ id: 7 });
});

test('an error of ours that user code throws is a TaskError as well', async () => {
  const error = await failureOf(get(throwValue.remote(new ActorDiedError('mine'))));
  expect(error).toBeInstanceOf(TaskError);
  expect(error).toBeInstanceOf(ActorDiedError);
});

test('the stack shows where it was thrown and who called get', async () => {
  async function readerOfTheResult() {
    return await get(overdraw.remote());
  }
  const { stack, cause } = await failureOf(readerOfTheResult());
  expect(stack).toMatch(/at overdraw/);
  expect(stack).toMatch(/readerOfTheResult/);
  expect(cause.stack).toMatch(/at overdraw/);
});

test('no frames of the machinery are shown, in no error of the chain', async () => {
  const ours = /packages\/(?:core|actors|transport)\//;
  let depth = 0;
  for (let error = await failureOf(get(throwChain.remote())); error !== undefined; error = error.cause, depth++) {
    expect(error.stack).not.toMatch(ours);
  }
  expect(depth).toBe(4);
  const died = await failureOf(get(Doomed.remote().live.remote()));
  expect(died.cause.stack).toMatch(/at new Doomed/);
  expect(died.cause.stack).not.toMatch(ours);
});

test('the death of a worker is no TaskError', async () => {
  const error = await failureOf(get(exit.remote()));
  expect(error).toBeInstanceOf(WorkerDiedError);
  expect(error).not.toBeInstanceOf(TaskError);
});

test('the classes are related as the page says, and no two share a code', () => {
  expect(new OwnerDiedError('x')).toBeInstanceOf(ObjectLostError);
  expect(new NodeDiedError('x')).toBeInstanceOf(WorkerDiedError);
  expect(new OutOfMemoryError('x')).toBeInstanceOf(WorkerDiedError);
  expect(new InvalidOptionError('x')).toBeInstanceOf(TypeError);
  const classes = Object.values(aktis).filter(value => typeof value === 'function' && value.prototype instanceof Error);
  const codes = classes.map(value => (value as unknown as { code?: string }).code).filter(code => code !== undefined);
  expect(new Set(codes).size).toBe(codes.length);
});

test('bad calls are refused with what they want', async () => {
  for (const value of [null, undefined, {}, 'text', [null]])
    await expect(get(value as never)).rejects.toThrow(TypeError);
  for (const options of [{ timeout: -1 }, { timeout: 'x' }, { timeout: Number.NaN }, { signal: 1 }, { bogus: 1 }]) {
    await expect(get(identity.remote(1), options as never)).rejects.toThrow(InvalidOptionError);
    if (!('signal' in options))
      await expect(wait([identity.remote(1)], options as never)).rejects.toThrow(InvalidOptionError);
  }
  for (const value of [() => 1, Symbol('x'), new WeakMap(), Promise.resolve(1), { a: { b: [new WeakSet()] } }]) {
    expect(() => identity.remote(value)).toThrow(SerializationError);
  }
});

test.each([
  { numCpus: '1' },
  { numCpus: Number.NaN },
  { numReturns: 1.5 },
  { maxRetries: -2 },
  { retryExceptions: 5 },
  { retryExceptions: [class NoError {}] },
  { name: 5 },
  { timeout: 0 },
  { bogus: 1 },
  { resources: { CPU: 1 } },
  { resources: { x: -1 } },
  { schedulingStrategy: 'NOWHERE' },
  { maxRestarts: 1 },
  { streamBuffer: 0 },
])('a task refuses the options %p', options => {
  expect(() => identity.options(options as never)).toThrow(InvalidOptionError);
  expect(() => identity.options(options as never)).toThrow(new RegExp(Object.keys(options)[0] as string));
});

test.each([
  { maxRestarts: -2 },
  { maxConcurrency: 0 },
  { concurrencyGroups: { io: 0 } },
  { maxRetries: 3 },
  { numReturns: 2 },
  { lifetime: 'x' },
  { maxPendingCalls: 0 },
])('a class refuses the options %p', options => {
  expect(() => Account.options(options as never)).toThrow(InvalidOptionError);
});
