import { Readable } from 'node:stream';
import { MessageChannel } from 'node:worker_threads';
import { Codec, noReferences, SerializationError } from '../index.ts';

const codec = new Codec(noReferences);

class Foo {}
class Thenable {
  // biome-ignore lint/suspicious/noThenProperty: the subject
  then() {}
}
function* generate() {
  yield 1;
}

test.each<[string, unknown, string, string]>([
  ['a function', { run() {} }, "value.run: it is a function 'run'", 'remote()'],
  ['a class', [Foo], "value[0]: it is a class 'Foo'", 'import it'],
  ['a symbol', { 'a key': Symbol('s') }, 'value["a key"]: it is a symbol Symbol(s)', 'string'],
  ['a promise', { p: Promise.resolve(1) }, 'value.p: it is a promise', 'Await it'],
  ['a thenable', { p: new Thenable() }, 'value.p: it is a promise', 'Await it'],
  ['a class instance', { a: { foo: new Foo() } }, 'value.a.foo: it is an instance of class Foo', 'register(Foo)'],
  [
    'an object with another prototype',
    Object.create({ a: 1 }),
    'value: it is an object with a prototype of its own',
    'plain object',
  ],
  [
    'an instance of a class that extends a built-in',
    new (class Mine extends Map {})(),
    'an instance of class Mine',
    'register(Mine)',
  ],
  ['an array of a class', new (class List extends Array {})(), 'an instance of class List', 'register(List)'],
  ['a WeakMap', new Map([['k', new WeakMap()]]), 'value.get("k"): it is a WeakMap', 'Map or Set'],
  ['a WeakRef', new Set([new WeakRef(Foo)]), 'value.values()[0]: it is a WeakRef', 'actor'],
  ['a generator', generate(), 'value: it is a generator', 'array'],
  ['a boxed primitive', new Number(1), 'value: it is a boxed Number', 'primitive'],
  ['a stream', { in: Readable.from([]) }, 'value.in: it is an instance of class Readable', 'inside the task or actor'],
  ['a port', new MessageChannel(), 'it is an instance of class MessageChannel', 'inside the task or actor'],
  ['an abort signal', { signal: new AbortController().signal }, 'an instance of class AbortSignal', 'inside the task'],
  ['toJSON', { toJSON: () => 1 }, "value.toJSON: it is a function 'toJSON'", 'remote()'],
])('%s is refused with path, kind and advice', (_, value, what, advice) => {
  const error = thrownBy(() => codec.encode(value));
  expect(error).toBeInstanceOf(SerializationError);
  expect(error.message).toContain(what);
  expect(error.message).toContain(advice);
});

test('paths of arguments count from one', () => {
  const error = thrownBy(() => codec.encodeArguments([1, { items: [0, 1, 2, { run: () => {} }] }]));
  expect(error.path).toBe('argument 2.items[3].run');
  expect(error.message).toMatch(/^Cannot serialize argument 2\.items\[3\]\.run: it is a function 'run'\. /);
});

test('the caller names the start of the path', () => {
  expect(thrownBy(() => codec.encode([Foo], 'the result')).path).toBe('the result[0]');
});

test('an own property of an error is part of the path', () => {
  expect(thrownBy(() => codec.encode(new Error('x', { cause: Symbol('y') }))).path).toBe('value.cause');
});

test('a getter that throws is refused with its error as cause', () => {
  const cause = new Error('not now');
  const error = thrownBy(() =>
    codec.encode({
      get lazy() {
        throw cause;
      },
    }),
  );
  expect([error.path, error.cause]).toEqual(['value.lazy', cause]);
});

test.each([100_000, 1_001])('a value nested %p levels deep is refused, plain or not', levels => {
  let plain: unknown = 1;
  let rich: unknown = 1n;
  let map: unknown = 1;
  for (let i = 0; i <= levels; i++) {
    plain = [plain];
    rich = { next: rich };
    map = new Map([[0, map]]);
  }
  for (const value of [plain, rich, map]) {
    const error = thrownBy(() => codec.encode(value));
    expect(error).toBeInstanceOf(SerializationError);
    expect(error.message).toMatch(/nested more than 1000 levels deep/);
    expect(error.path.length).toBeLessThan(400);
  }
});

function thrownBy(run: () => unknown): SerializationError {
  try {
    run();
  } catch (error) {
    return error as SerializationError;
  }
  throw new Error('nothing was thrown');
}
