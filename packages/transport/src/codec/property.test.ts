import { once } from 'node:events';
import { isDeepStrictEqual } from 'node:util';
import { MessageChannel } from 'node:worker_threads';
import fc from 'fast-check';
import { Codec, noReferences, type Payload } from '../index.ts';

const codec = new Codec(noReferences);
const runs = { numRuns: 100 };

/** No invalid dates, since no comparison takes two for equal; no objects without prototype, which become literals. */
const leaf = fc.oneof(
  fc.anything({ maxDepth: 0, withBigInt: true, withTypedArray: true }),
  fc.date({ noInvalidDate: true }),
  fc.bigInt(),
  fc.double(),
  fc.string({ unit: 'binary' }),
  fc.uint8Array(),
  fc.constantFrom('__proto__', 'constructor', 'a.b', '\\.'),
);

const tree = fc.letrec(tie => ({
  value: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    leaf,
    fc.array(tie('value')),
    fc.sparseArray(tie('value'), { maxLength: 5 }),
    fc.dictionary(
      fc.oneof(fc.string(), fc.constantFrom('__proto__', 'constructor', 'prototype', '.', '')),
      tie('value'),
      { noNullPrototype: true },
    ),
    fc.array(fc.tuple(tie('value'), tie('value'))).map(entries => new Map(entries)),
    fc.array(tie('value')).map(values => new Set(values)),
  ),
})).value;

/** Values in which some objects occur more than once. */
const graph = fc.array(tree, { minLength: 1, maxLength: 4 }).map(parts => {
  const whole: unknown[] = [...parts, ...parts, { parts, again: new Map([[parts[0], parts]]) }];
  whole.push(whole);
  return whole;
});

test('decode(encode(x)) equals x', () => {
  fc.assert(
    fc.property(tree, value => isDeepStrictEqual(codec.decode(codec.encode(value)), value)),
    runs,
  );
});

test('arguments come back as they were', () => {
  fc.assert(
    fc.property(fc.array(tree, { maxLength: 3 }), args =>
      isDeepStrictEqual(codec.decode(codec.encodeArguments(args)), args),
    ),
    runs,
  );
});

test('shared parts and cycles come back with the same shape', () => {
  fc.assert(
    fc.property(graph, value => {
      const back = codec.decode(codec.encode(value)) as typeof value;
      expect(shapeOf(back)).toEqual(shapeOf(value));
    }),
    runs,
  );
});

test('what is not plain JSON is never taken for it', () => {
  fc.assert(
    fc.property(tree, value => {
      const payload = codec.encode(value);
      return typeof payload !== 'string' || value === undefined || isDeepStrictEqual(JSON.parse(payload), value);
    }),
    runs,
  );
});

test('values survive a real message port', async () => {
  const { port1, port2 } = new MessageChannel();
  await fc.assert(
    fc.asyncProperty(tree, async value => {
      port1.postMessage(codec.encode(value));
      const [payload] = (await once(port2, 'message')) as [Payload];
      return isDeepStrictEqual(codec.decode(payload), value);
    }),
    runs,
  );
  port1.close();
});

/** Numbers every object in the order of a walk: equal lists mean the same sharing. */
function shapeOf(root: unknown): string[] {
  const numbers = new Map<unknown, number>();
  const shape: string[] = [];
  const walk = (value: unknown): void => {
    if (typeof value !== 'object' || value === null) {
      shape.push(Object.is(value, -0) ? '-0' : String(value));
      return;
    }
    const known = numbers.get(value);
    if (known !== undefined) {
      shape.push(`#${known}`);
      return;
    }
    numbers.set(value, numbers.size);
    shape.push(Object.prototype.toString.call(value));
    if (value instanceof Map) for (const entry of value) entry.forEach(walk);
    else if (value instanceof Set) for (const member of value) walk(member);
    else for (const key of Object.keys(value)) walk((value as Record<string, unknown>)[key]);
  };
  walk(root);
  return shape;
}
