import { isDeepStrictEqual } from 'node:util';
import vm from 'node:vm';
import { Codec, noReferences } from '../index.ts';

const codec = new Codec(noReferences);
const roundTrip = (value: unknown) => codec.decode(codec.encode(value));
const isText = (value: unknown) => typeof codec.encode(value) === 'string';

describe('plain values', () => {
  test.each([
    [undefined, ''],
    [null, 'null'],
    [3, '3'],
    [true, 'true'],
    ['a', '"a"'],
    [[1, { x: 'y' }], '[1,{"x":"y"}]'],
  ])('%j is the text %j', (value, text) => {
    expect(codec.encode(value)).toBe(text);
    expect(codec.decode(text)).toEqual(value);
  });

  test.each([
    [[], '[]'],
    [[1, 2], '[1,2]'],
    [['a"b', -1.5e300, null, true], '["a\\"b",-1.5e+300,null,true]'],
    [[1, { a: [] }], '[1,{"a":[]}]'],
  ])('arguments %j are the text %j', (args, text) => {
    expect(codec.encodeArguments(args)).toBe(text);
    expect(codec.decode(text)).toEqual(args);
  });

  test('are copied anew by every decode', () => {
    const payload = codec.encode({ list: [1] });
    expect(codec.decode(payload)).not.toBe(codec.decode(payload));
  });

  test('include literals and arrays of another realm', () => {
    expect(isText(vm.runInNewContext('({ a: [1, {}] })'))).toBe(true);
  });

  test('include own keys that mean something to JavaScript', () => {
    const value = JSON.parse('{"__proto__": {"polluted": true}, "constructor": 1, "toJSON": 2}');
    const back = roundTrip(value) as object;
    expect(Object.keys(back)).toEqual(['__proto__', 'constructor', 'toJSON']);
    expect('polluted' in back).toBe(false);
  });

  test('carry lone surrogates and line separators', () => {
    for (const text of ['\ud800', 'a\u2028b', '\0', '\u007f', 'x'.repeat(100)]) {
      expect(roundTrip(text)).toBe(text);
      expect(codec.decode(codec.encodeArguments([text]))).toEqual([text]);
    }
  });

  test('may be nested a thousand levels deep', () => {
    let value: unknown = 'bottom';
    for (let i = 0; i < 999; i++) value = [value];
    expect(isText(value)).toBe(true);
    expect(JSON.stringify(roundTrip(value))).toBe(JSON.stringify(value));
  });
});

describe('what JSON would lose', () => {
  test.each([Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, -0, 0])('the number %p', number => {
    expect(roundTrip(number)).toBe(number);
    expect(roundTrip([number, { number }])).toStrictEqual([number, { number }]);
    expect(codec.decode(codec.encodeArguments([number]))).toStrictEqual([number]);
  });

  test('undefined members and arguments', () => {
    expect(roundTrip({ a: undefined })).toStrictEqual({ a: undefined });
    expect(codec.decode(codec.encodeArguments([undefined, 1, undefined]))).toStrictEqual([undefined, 1, undefined]);
  });

  test('an invalid Date stays one', () => {
    const back = roundTrip([new Date(Number.NaN), new Date(5)]) as Date[];
    expect(back[0]).toBeInstanceOf(Date);
    expect(back.map(date => date.getTime())).toEqual([Number.NaN, 5]);
  });

  test('holes stay holes', () => {
    // biome-ignore lint/suspicious/noSparseArray: the subject
    const back = roundTrip([, undefined, , 1]) as unknown[];
    expect(back).toHaveLength(4);
    expect([0, 1, 2, 3].map(index => index in back)).toEqual([false, true, false, true]);
  });

  test('Map and Set with objects, maps and NaN as keys, in order', () => {
    const key = { k: 1 };
    const value = new Map<unknown, unknown>([
      [1n, 'a'],
      ['x', 1n],
      [key, key],
      [2n, new Set([1n, Number.NaN, key])],
      [Number.NaN, 1n],
    ]);
    const back = roundTrip(value) as typeof value;
    expect(back).toStrictEqual(value);
    expect([...back.keys()].map(String)).toEqual([...value.keys()].map(String));
    const backKey = [...back.keys()][2];
    expect(back.get(backKey)).toBe(backKey);
  });

  test('equal bigints and NaNs in many places, which SuperJSON takes for shared objects', () => {
    const value = {
      map: new Map([
        [1n, 1n],
        [2n, 1n],
      ]),
      set: new Set([2n]),
      list: [1n, Number.NaN, Number.NaN],
    };
    expect(roundTrip(value)).toStrictEqual(value);
  });

  test('keys with dots, backslashes, nothing, and the names SuperJSON refuses', () => {
    const value = JSON.parse('{"a.b":{"c\\\\.d":{}},"":{"":{}},"__proto__":{},"constructor":{"prototype":{}}}');
    value['a.b']['c\\.d'].date = new Date(1);
    value[''][''].big = 1n;
    const back = roundTrip(value) as Record<string, unknown>;
    expect(isDeepStrictEqual(back, value)).toBe(true); // jest's own comparison trips over `__proto__`
    expect(Object.keys(back)).toEqual(Object.keys(value));
  });

  test('URL, URLSearchParams, RegExp', () => {
    const value = [new URL('http://a.b/?c=d'), new URLSearchParams('a=1&a=2'), /[/]x/giu];
    const back = roundTrip(value) as [URL, URLSearchParams, RegExp];
    expect(back.map(String)).toEqual(value.map(String));
    expect(back[1]).toBeInstanceOf(URLSearchParams);
  });

  test('values of another realm arrive as values of this one', () => {
    const foreign = vm.runInNewContext(
      '({ m: new Map([[1, new Date(3)]]), e: new TypeError("x"), b: new Uint16Array([7]) })',
    );
    const back = roundTrip(foreign) as { m: unknown; e: unknown; b: Uint16Array };
    expect(back.m).toEqual(new Map([[1, new Date(3)]]));
    expect(back.e).toBeInstanceOf(TypeError);
    expect([...back.b]).toEqual([7]);
  });

  test('objects without prototype arrive as literals', () => {
    const value = Object.assign(Object.create(null), { a: undefined });
    expect(roundTrip(value)).toStrictEqual({ a: undefined });
    expect(roundTrip(Object.create(null))).toStrictEqual({});
  });
});

interface Deep {
  deep: { down: { here: unknown } };
}

describe('identity', () => {
  test('cycles of every kind of container', () => {
    const value: Record<string, unknown> = { list: [], map: new Map(), set: new Set(), error: new Error('e') };
    (value.list as unknown[]).push(value);
    (value.map as Map<unknown, unknown>).set(value, value.map);
    (value.set as Set<unknown>).add('first').add(value.set).add('last');
    (value.error as Error).cause = value;
    const back = roundTrip(value) as typeof value;
    expect((back.list as unknown[])[0]).toBe(back);
    expect((back.map as Map<unknown, unknown>).get(back)).toBe(back.map);
    expect([...(back.set as Set<unknown>)]).toEqual(['first', back.set, 'last']);
    expect((back.error as Error).cause).toBe(back);
  });

  test('an object in two places stays one object, plain or not', () => {
    for (const shared of [{ x: 1 }, { d: new Date(1) }, [1], new Map(), new Date(2), new URL('a:b')]) {
      const back = roundTrip([shared, { deep: { down: { here: shared } } }, shared]) as [unknown, Deep, unknown];
      expect(back[0]).toStrictEqual(shared);
      expect(back[2]).toBe(back[0]);
      expect(back[1].deep.down.here).toBe(back[0]);
    }
  });

  test('a part shared between a plain and another part stays shared', () => {
    const shared = { x: 1 };
    const back = roundTrip({ plain: { shared }, other: { shared, when: new Date(0) } }) as Record<
      string,
      { shared: object }
    >;
    expect(back.plain?.shared).toBe(back.other?.shared);
  });

  test('deep values that are not plain', () => {
    let value: unknown = new Date(9);
    for (let i = 0; i < 990; i++) value = { next: value, n: i % 5 === 0 ? undefined : i };
    let back = roundTrip(value);
    let depth = 0;
    while (!(back instanceof Date)) {
      back = (back as { next: unknown }).next;
      depth++;
    }
    expect([depth, back.getTime()]).toEqual([990, 9]);
  });
});

test('a large plain part beside others is carried as text of its own', () => {
  const data = Array.from({ length: 1000 }, (_, i) => ({ i, constructor: 'x' }));
  const value = { data, when: new Date(1) };
  expect(roundTrip(value)).toStrictEqual(value);
});

test('reference adapters see every reference once, and identity is kept', () => {
  class Ref {
    constructor(readonly id: string) {}
  }
  let encoded = 0;
  const withRefs = new Codec({
    matches: value => value instanceof Ref || value === callable,
    encode: value => {
      encoded++;
      return [1, value instanceof Ref ? value.id : 'callable'];
    },
    decode: reference => new Ref(String(reference[1])),
  });
  const callable = () => {};
  const ref = new Ref('r1');
  const payload = withRefs.encodeArguments([ref, { ref, other: new Ref('r2') }, new Map([[ref, callable]])]);
  expect(encoded).toBe(3);
  expect(payload[2]).toEqual([
    [1, 'r1'],
    [1, 'r2'],
    [1, 'callable'],
  ]);
  const [first, second, third] = withRefs.decode(payload) as [Ref, { ref: Ref; other: Ref }, Map<Ref, Ref>];
  expect(first).toEqual(ref);
  expect(second.ref).toBe(first);
  expect(second.other.id).toBe('r2');
  expect([...third.keys()][0]).toBe(first);
  expect(third.get(first)?.id).toBe('callable');
});
