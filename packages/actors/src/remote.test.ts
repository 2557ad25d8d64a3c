import { transformSync as swc } from '@swc/core';
import { transformSync as esbuild } from 'esbuild';

const { jest } = import.meta;
const core = await import('@aktis/core');
type Callable = InstanceType<typeof core.Callable>;

const callTask = jest.fn((callable: Callable, args: unknown[]): unknown => ({ task: callable, args }));
const createActor = jest.fn((callable: Callable, args: unknown[]): unknown => ({ actor: callable, args }));
jest.unstable_mockModule('@aktis/core', () => ({ ...core, callTask }));
jest.unstable_mockModule('./actor-creation.ts', () => ({ createActor }));
const { remote } = await import('./remote.ts');
const { methodTable } = await import('./method-table.ts');
const { definitionOf, InvalidOptionError } = core;

// What it should be called with is the business of the type tests; here it is called with anything.
const loose = remote as unknown as (...args: unknown[]) => (...args: unknown[]) => unknown;
const lastTask = () => callTask.mock.lastCall?.[0] as Callable;
const lastActor = () => createActor.mock.lastCall?.[0] as Callable;

describe('on classes, as a legacy decorator', () => {
  @remote
  class Bare {}

  @remote()
  class Called {}

  @remote(2)
  class Numbered {}

  @remote({ maxRestarts: 1, name: 'x' })
  class Optioned {
    constructor(readonly start = 0) {}
  }

  test.each<[string, abstract new () => unknown, object]>([
    ['Bare', Bare, {}],
    ['Called', Called, {}],
    ['Numbered', Numbered, { numCpus: 2 }],
    ['Optioned', Optioned, { maxRestarts: 1, name: 'x' }],
  ])('%s is defined with its options', (name, type, options) => {
    expect(definitionOf(type)).toMatchObject({ kind: 'class', name, module: import.meta.url, target: type, options });
  });

  test('the class still works here', () => {
    expect(new Optioned(3).start).toBe(3);
  });

  test('.remote() creates an actor from the same callable each time', () => {
    Optioned.remote(1);
    const first = lastActor();
    Optioned.remote(2);
    expect(lastActor()).toBe(first);
    expect(first.definition).toBe(definitionOf(Optioned));
    expect(createActor.mock.lastCall?.[1]).toEqual([2]);
  });

  test('.remote and .options are own and not enumerable', () => {
    expect(Object.keys(Optioned)).toEqual([]);
    expect(Object.hasOwn(Optioned, 'remote')).toBe(true);
  });
});

describe('on methods, as a legacy decorator', () => {
  @remote()
  class Counter {
    @remote({ numReturns: 2 }) pair(): [number, string] {
      return [1, 'a'];
    }
    @remote bare(): number {
      return 1;
    }
    @remote(1) static square(x: number): number {
      return x * x;
    }
    @remote static cube(x: number): number {
      return x ** 3;
    }
  }

  test('options of an instance method are found in the method table', () => {
    expect(methodTable(Counter).get('pair')?.options).toEqual({ numReturns: 2 });
    expect(methodTable(Counter).get('bare')?.options).toEqual({});
  });

  test('a static method is a task', () => {
    expect(definitionOf(Counter.square)).toMatchObject({
      kind: 'function',
      name: 'Counter.square',
      options: { numCpus: 1 },
    });
    expect(definitionOf(Counter.cube)).toMatchObject({ name: 'Counter.cube', module: import.meta.url });
    Counter.square.remote(3);
    expect(lastTask().definition).toBe(definitionOf(Counter.square));
    expect(Counter.square(3)).toBe(9);
  });
});

describe.each<[string, (source: string) => string]>([
  [
    'swc',
    source =>
      swc(source, {
        jsc: {
          target: 'es2022',
          parser: { syntax: 'typescript', decorators: true },
          transform: { decoratorVersion: '2022-03' },
        },
        isModule: true,
      }).code,
  ],
  ['esbuild', source => esbuild(source, { loader: 'ts', target: 'es2022' }).code],
])('as a standard decorator compiled by %s', (compiler, compile) => {
  const module = `file:///${compiler}.js`;
  const load = (source: string) => new Function('remote', 'module', compile(source).replace(/^"use strict";/, ''));
  const run = (source: string): unknown => load(`${source};`)(remote, module);

  test('classes, methods and static methods', () => {
    const source = `
      @remote({ module, maxRestarts: 2 }) class Counter {
        @remote({ numReturns: 2 }) pair() { return [1, 'a']; }
        @remote({ module, numCpus: 1 }) static square(x) { return x * x; }
      }
      globalThis.defined = Counter;`;
    run(source);
    const { defined: Counter } = globalThis as unknown as { defined: { new (): unknown; square(x: number): number } };
    expect(definitionOf(Counter)).toMatchObject({
      kind: 'class',
      name: 'Counter',
      module,
      options: { maxRestarts: 2 },
    });
    expect(methodTable(Counter).get('pair')?.options).toEqual({ numReturns: 2 });
    expect(definitionOf(Counter.square)).toMatchObject({ name: 'Counter.square', module, options: { numCpus: 1 } });
    expect(Counter.square(3)).toBe(9);
  });

  test.each([
    ['get size() { return 1; }', "the getter 'size'"],
    ['set size(value) {}', "the setter 'size'"],
    ['size = 1;', "the field 'size'"],
    ['accessor size = 1;', "the accessor 'size'"],
    ['#size() {}', "the private method '#size'"],
    ['[Symbol.iterator]() {}', 'the method Symbol(Symbol.iterator)'],
  ])('is refused on %s', (member, what) => {
    expect(() => run(`class Wrong { @remote({}) ${member} }`)).toThrow(`@remote cannot be applied to ${what}`);
  });
});

describe('as a function', () => {
  test('wraps functions and classes and returns them', () => {
    function add(a: number, b: number): number {
      return a + b;
    }
    class Plain {}
    expect(remote(add)).toBe(add);
    expect(remote(Plain, { maxRestarts: 3 })).toBe(Plain);
    expect(definitionOf(add)).toMatchObject({ kind: 'function', name: 'add', module: import.meta.url, options: {} });
    expect(definitionOf(Plain)).toMatchObject({ kind: 'class', name: 'Plain', options: { maxRestarts: 3 } });
    add.remote(1, 2);
    expect(callTask.mock.lastCall?.[1]).toEqual([1, 2]);
  });

  test('takes options after the function, or before it', () => {
    const after = remote(function after() {}, { maxRetries: 0 });
    const before = remote({ maxRetries: 1 })(function before() {});
    const number = remote(function number() {}, 2);
    expect(definitionOf(after)?.options).toEqual({ maxRetries: 0 });
    expect(definitionOf(before)?.options).toEqual({ maxRetries: 1 });
    expect(definitionOf(number)?.options).toEqual({ numCpus: 2 });
  });

  test('the module can be named', () => {
    const elsewhere = remote(function elsewhere() {}, { module: 'file:///made/elsewhere.js', numCpus: 1 });
    expect(definitionOf(elsewhere)).toMatchObject({ module: 'file:///made/elsewhere.js', options: { numCpus: 1 } });
    expect(() => loose(function wrong() {}, { module: 5 })).toThrow('Option module is 5, but must be import.meta.url');
  });

  test('generators are streams', () => {
    const count = remote(function* count() {
      yield 1;
    });
    count.remote();
    expect(lastTask().isGenerator).toBe(true);
  });
});

describe('.options()', () => {
  const add = remote(
    function addWithOptions(a: number, b: number): number {
      return a + b;
    },
    { maxRetries: 1, numCpus: 2 },
  );

  test('lays options over and leaves the original alone', () => {
    const fast = add.options({ numCpus: 4, name: 'fast' });
    fast.remote(1, 2);
    expect(lastTask().options).toEqual({ maxRetries: 1, numCpus: 4, name: 'fast' });
    const callable = lastTask();
    fast.remote(3, 4);
    expect(lastTask()).toBe(callable);
    add.remote(1, 2);
    expect(lastTask().options).toEqual({ maxRetries: 1, numCpus: 2 });
  });

  test('can be laid over again, and a number means numCpus', () => {
    add.options({ name: 'x' }).options(8).remote(1, 2);
    expect(lastTask().options).toEqual({ maxRetries: 1, numCpus: 8, name: 'x' });
  });

  test('of a class works the same', () => {
    const Counter = remote(class OptionedCounter {}, { maxRestarts: 1 });
    Counter.options({ name: 'hits' }).options(1).remote();
    expect(lastActor().options).toEqual({ maxRestarts: 1, name: 'hits', numCpus: 1 });
    expect(lastActor().definition).toBe(definitionOf(Counter));
  });

  test('refuses wrong options at once', () => {
    expect(() => add.options({ numCpus: -1 })).toThrow('Option numCpus is -1, but must be a number >= 0.');
  });
});

describe('what is not remote says so', () => {
  class Undecorated {}

  test('an undecorated class', () => {
    expect(() => Undecorated.remote()).toThrow(InvalidOptionError);
    expect(() => Undecorated.remote()).toThrow(
      'Undecorated is not decorated with @remote: add @remote() above class Undecorated, or write remote(Undecorated)',
    );
  });

  test('a subclass of a remote class', () => {
    const Base = remote(class Base {});
    class Derived extends Base {}
    expect(() => Derived.remote()).toThrow('Derived is not decorated with @remote: add @remote() above class Derived');
    expect(() => Derived.options(1)).toThrow('Derived is not decorated with @remote');
    expect(definitionOf(remote(Derived))?.name).toBe('Derived');
    Derived.remote();
    expect(lastActor().definition.name).toBe('Derived');
  });

  test('a function', () => {
    function plain(): void {}
    expect(() => plain.remote()).toThrow(
      'plain is not a remote function: write const plain = remote(function plain(…)',
    );
  });

  test('a .remote that was torn off', () => {
    const torn = remote(function torn() {}).remote as unknown as () => void;
    expect(() => torn()).toThrow('write x => add.remote(x)');
  });

  test('nothing else about functions changes', () => {
    const fn = (): void => {};
    const seen: string[] = [];
    for (const name in fn) seen.push(name);
    expect(seen).toEqual([]);
    expect({ ...fn }).toEqual({});
    (fn as { remote: unknown }).remote = 5;
    expect(fn.remote).toBe(5);
    expect(Object.hasOwn(() => {}, 'remote')).toBe(false);
    class WithStatic {
      static remote = 'mine';
      run(): void {}
    }
    expect(WithStatic.remote).toBe('mine');
    expect('options' in (() => {})).toBe(false);
  });
});

describe('wrong use', () => {
  test.each<[string, unknown[], string]>([
    [
      'undefined',
      [undefined],
      'remote() was given a value of type undefined, but takes a class or a function. If it is imported',
    ],
    ['null', [null], 'remote() was given null'],
    ['a string', ['add'], 'remote() was given a value of type string'],
    ['a list', [[1]], 'remote() was given a value of type object'],
    ['a function without name', [() => {}], 'has no name'],
    ['a class without name', [class {}], 'has no name'],
    ['wrong options', [function wrong() {}, { numCpu: 1 }], 'did you mean numCpus?'],
    [
      'an option of another kind',
      [function wrong() {}, { maxRestarts: 1 }],
      'There is no option maxRestarts for a remote function',
    ],
  ])('%s', (_, args, message) => {
    expect(() => loose(...args)).toThrow(InvalidOptionError);
    expect(() => loose(...args)).toThrow(message);
  });

  test('what a decorator is made of must be applied to a class or function', () => {
    expect(() => loose({ numCpus: 1 })(5)).toThrow('remote() was given a value of type number');
  });

  test.each<[string, unknown[], string]>([
    ['a getter', [{}, 'size', { get: () => 1 }], "the accessor 'size'"],
    ['a field', [{}, 'size'], "the field 'size'"],
    ['a parameter of a constructor', [class {}, undefined, 0], 'a parameter'],
    ['a parameter of a method', [{}, 'run', 0], 'a parameter'],
    ['a method named by a symbol', [{}, Symbol('x'), { value: () => 1 }], 'the method Symbol(x)'],
  ])('legacy: %s', (_, args, what) => {
    expect(() => loose(...args)).toThrow(`@remote cannot be applied to ${what}`);
    expect(() => loose()(...args)).toThrow(`@remote cannot be applied to ${what}`);
  });

  test('a negative number on a method', () => {
    expect(() => loose(-2)({}, 'run', { value() {} })).toThrow(/numCpus is -2/);
  });

  test('a class that has a static member remote of its own', () => {
    class Taken {
      static remote(): void {}
      run(): void {}
    }
    expect(() => loose(Taken)).toThrow(
      "Taken has a static member 'remote' of its own, which @remote() needs for itself",
    );
  });

  test('a class keeps static options of its own', () => {
    class WithOptions {
      static options = { colour: 'red' };
      run(): void {}
    }
    loose(WithOptions);
    expect(WithOptions.options).toEqual({ colour: 'red' });
  });
});
