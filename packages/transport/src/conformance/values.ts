/** A value of every kind the codec knows, by name. Made anew each time: nobody may change another's. */
export function everyKindOfValue(): Record<string, unknown> {
  const shared = { in: 'two places' };
  const cycle: Record<string, unknown> = { name: 'cycle' };
  cycle.self = cycle;
  const floats = new Float64Array([1, Number.NaN, -0, Number.POSITIVE_INFINITY]);
  return {
    undefined: undefined,
    null: null,
    numbers: [0, -0, 1.5, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 2 ** 53],
    strings: ['', 'text', 'line\nfeed "quoted" \\', 'Ω 漢 🚀', '\ud800 lone', '\0'],
    booleans: [true, false],
    bigint: [1n, -(2n ** 80n), 1n],
    literal: { a: 1, 'dotted.key': { 'back\\slash': [null] }, '': 'empty key' },
    'undefined member': { a: undefined, b: 1 },
    // biome-ignore lint/suspicious/noSparseArray: that is the value
    'holes in an array': [1, , 3],
    date: new Date(1_700_000_000_000),
    regexp: /a\/b(?<name>c)/giu,
    map: new Map<unknown, unknown>([
      [1, 'one'],
      [{ key: 'object' }, new Map([['inner', undefined]])],
    ]),
    set: new Set<unknown>([1, 'two', { three: 3 }]),
    url: new URL('https://example.org/path?query=1#hash'),
    'search params': new URLSearchParams('a=1&a=2'),
    'shared reference': [shared, shared],
    cycle,
    error: Object.assign(new TypeError('wrong', { cause: new RangeError('inner') }), { code: 'E_WRONG' }),
    aggregate: new AggregateError([new Error('one'), 'two'], 'both'),
    buffer: Buffer.from('bytes'),
    'array buffer': new Uint8Array([1, 2, 3]).buffer,
    floats,
    'two views on one buffer': [floats, new DataView(floats.buffer, 8, 16)],
    bigints: new BigInt64Array([1n, -1n]),
    clamped: new Uint8ClampedArray([0, 255]),
    'empty view': new Uint16Array(0),
  };
}
