import { declareMethod, methodTable } from './method-table.ts';

class Base {
  greet(): string {
    return 'hi';
  }
  count(): number {
    return 1;
  }
  hidden(): void {}
}

class Derived extends Base {
  static helper(): void {}
  readonly field = (): void => {};
  get size(): number {
    return 1;
  }
  override count(): number {
    return 2;
  }
  *walk(): Generator<number> {
    yield 1;
  }
  async *stream(): AsyncGenerator<number> {
    yield 1;
  }
  // biome-ignore lint/suspicious/noThenProperty: the point of the test
  then(): void {}
  [Symbol.toPrimitive](): number {
    return 1;
  }
}
Object.defineProperty(Derived.prototype, 'hidden', { get: () => 1, configurable: true });
declareMethod(Base.prototype.greet, { numReturns: 2 });
declareMethod(Base.prototype.count, { timeout: 5 });

test('lists methods, inherited ones included, but no accessors, statics, symbols, fields, constructor and then', () => {
  expect([...methodTable(Derived).keys()].sort()).toEqual(['count', 'greet', 'stream', 'walk']);
});

test('knows generators', () => {
  const table = methodTable(Derived);
  expect(table.get('walk')?.isGenerator).toBe(true);
  expect(table.get('stream')?.isGenerator).toBe(true);
  expect(table.get('greet')?.isGenerator).toBe(false);
});

test('inherits declared options with the method, and drops them when it is overridden', () => {
  expect(methodTable(Derived).get('greet')).toEqual({ name: 'greet', options: { numReturns: 2 }, isGenerator: false });
  expect(methodTable(Base).get('count')?.options).toEqual({ timeout: 5 });
  expect(methodTable(Derived).get('count')?.options).toEqual({});
});

test('is made once', () => {
  expect(methodTable(Derived)).toBe(methodTable(Derived));
});
