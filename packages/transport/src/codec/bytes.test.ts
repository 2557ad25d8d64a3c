import { Codec, noReferences, type RichPayload, SHARED_ABOVE } from '../index.ts';

const codec = new Codec(noReferences);
const encode = (value: unknown) => codec.encode(value) as RichPayload;
const big = () => new Float64Array(SHARED_ABOVE / 8 + 1).map((_, i) => i);

const classes = [
  Int8Array,
  Uint8Array,
  Uint8ClampedArray,
  Int16Array,
  Uint16Array,
  Int32Array,
  Uint32Array,
  Float32Array,
  Float64Array,
];

test.each(classes)('%p keeps its class, its values and its place', Class => {
  const all = new Class(32).map((_, i) => i);
  const part = all.subarray(8, 24);
  for (const view of [all, part]) {
    const back = codec.decode(encode(view)) as typeof view;
    expect(Object.prototype.toString.call(back)).toBe(Object.prototype.toString.call(view));
    expect([...back]).toEqual([...view]);
  }
  expect(encode(part)[1][0]?.byteLength).toBe(part.byteLength);
});

test('BigInt64Array, BigUint64Array, DataView, Buffer, ArrayBuffer', () => {
  const bytes = new Uint8Array([1, 2, 3, 4, 5, 6, 7, 8]).buffer;
  for (const value of [
    new BigInt64Array(bytes),
    new BigUint64Array(bytes),
    new DataView(bytes, 2, 3),
    Buffer.from('é'),
    bytes,
  ]) {
    expect(codec.decode(encode(value))).toStrictEqual(value);
  }
  expect(Buffer.isBuffer(codec.decode(encode(Buffer.from('x'))))).toBe(true);
});

test('what the program does to a buffer after encoding changes nothing', () => {
  for (const view of [new Uint8Array(4), new Uint8Array(SHARED_ABOVE + 1)]) {
    const payload = encode(view);
    view.fill(9);
    expect((codec.decode(payload) as Uint8Array).every(byte => byte === 0)).toBe(true);
  }
});

test('small buffers are copied by every decode', () => {
  const payload = encode(new Uint8Array(4));
  (codec.decode(payload) as Uint8Array).fill(1);
  expect([...(codec.decode(payload) as Uint8Array)]).toEqual([0, 0, 0, 0]);
});

test('large buffers lie in shared memory, one for all readers, unless a copy is asked for', () => {
  const payload = encode(big());
  const [first, second] = [codec.decode(payload), codec.decode(payload)] as [Float64Array, Float64Array];
  expect(first.buffer).toBeInstanceOf(SharedArrayBuffer);
  expect(second.buffer).toBe(first.buffer);
  const own = codec.decode(payload, { copy: true }) as Float64Array;
  expect(Object.prototype.toString.call(own.buffer)).toBe('[object ArrayBuffer]');
  expect(Buffer.compare(new Uint8Array(own.buffer), new Uint8Array(first.buffer))).toBe(0);
});

test('a view on shared memory is passed on without a copy', () => {
  const received = codec.decode(encode(big())) as Float64Array;
  expect(encode({ again: received })[1][0]).toBe(received.buffer);
});

test("a user's SharedArrayBuffer is shared itself, whatever its size, also with views on it", () => {
  const shared = new SharedArrayBuffer(16);
  const payload = encode({ shared, view: new Int32Array(shared, 4, 2) });
  const back = codec.decode(payload) as { shared: SharedArrayBuffer; view: Int32Array };
  expect(back.shared).toBe(shared);
  expect(back.view.buffer).toBe(shared);
  expect([back.view.byteOffset, back.view.length]).toEqual([4, 2]);
});

test('an ArrayBuffer stays an ArrayBuffer, however large, and its views stay on it', () => {
  const view = big();
  const payload = encode([view.buffer, view, new Uint8Array(view.buffer, 8, 8)]);
  const [buffer, floats, bytes] = codec.decode(payload) as [ArrayBuffer, Float64Array, Uint8Array];
  expect(Object.prototype.toString.call(buffer)).toBe('[object ArrayBuffer]');
  expect(floats.buffer).toBe(buffer);
  expect(bytes.buffer).toBe(buffer);
  expect(bytes.byteOffset).toBe(8);
});

test('views on one buffer stay views on one buffer, and only what they cover travels', () => {
  const memory = new ArrayBuffer(1000);
  const payload = encode([
    new Uint8Array(memory, 101, 10),
    new Float64Array(memory, 200, 2),
    new Int16Array(memory, 90, 3),
  ]);
  expect(payload[1]).toHaveLength(1);
  expect(payload[1][0]?.byteLength).toBe(216 - 88);
  const [bytes, floats, shorts] = codec.decode(payload) as [Uint8Array, Float64Array, Int16Array];
  expect(bytes.buffer).toBe(floats.buffer);
  expect(floats.byteOffset - bytes.byteOffset).toBe(99);
  expect(floats.byteOffset - shorts.byteOffset).toBe(110);
});

test('Buffers from the common pool travel alone: other bytes of the pool are none of the receiver', () => {
  const [a, b] = [Buffer.from('first'), Buffer.from('second')];
  expect(a.buffer).toBe(b.buffer);
  const payload = encode([a, b]);
  expect(payload[1].map(part => part.byteLength)).toEqual([5, 6]);
  expect(codec.decode(payload)).toEqual([a, b]);
});

test('parts that a transport received into one piece of memory are read in place or copied', () => {
  const view = big();
  const [text, buffers, references] = encode(view);
  const memory = new SharedArrayBuffer(SHARED_ABOVE + 32);
  for (const offset of [8, 3]) {
    const part = new Uint8Array(memory, offset, SHARED_ABOVE + 8);
    part.set(new Uint8Array(buffers[0] as SharedArrayBuffer));
    const back = codec.decode([text, [part], references]) as Float64Array;
    expect(back.buffer === memory).toBe(offset === 8);
    expect(back.at(-1)).toBe(view.at(-1));
  }
});

test('a detached buffer is refused with words', () => {
  const { buffer } = new Uint8Array(8);
  structuredClone(buffer, { transfer: [buffer] });
  expect(() => codec.encode({ buffer })).toThrow(expect.objectContaining({ code: 'ERR_AKTIS_SERIALIZATION' }));
});
