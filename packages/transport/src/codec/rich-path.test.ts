import { Codec, codecReady, noReferences } from '../worker.ts';

test('a worker encodes plain values at once and all others when codecReady has resolved', async () => {
  const codec = new Codec(noReferences);
  expect(codec.decode(codec.encodeArguments([1, { a: 'x' }]))).toEqual([1, { a: 'x' }]);
  expect(() => codec.encode(new Map())).toThrow('await codecReady()');
  await Promise.all([codecReady(), codecReady()]);
  expect(codec.decode(codec.encode(new Map([[1, 2]])))).toEqual(new Map([[1, 2]]));
});
