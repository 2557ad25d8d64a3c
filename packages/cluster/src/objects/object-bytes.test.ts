import { ObjectBytes } from './object-bytes.ts';

const parts = () => [new Uint8Array([1, 2, 3]), new Uint8Array(0), new SharedArrayBuffer(4), new Uint8Array([8])];

test('a range goes over the borders of parts, in pieces that are not larger than asked for', () => {
  const bytes = new ObjectBytes(parts());
  expect(bytes.total).toBe(8);
  const pieces = [...bytes.pieces(1, 8, 2)].map(({ at, bytes: piece }) => [at, [...piece]]);
  expect(pieces).toEqual([
    [1, [2, 3]],
    [3, [0, 0]],
    [5, [0, 0]],
    [7, [8]],
  ]);
  expect([...bytes.pieces(3, 3, 2)]).toEqual([]);
});

test('what is written is read again, wherever it begins', () => {
  const bytes = new ObjectBytes(parts());
  bytes.write(2, new Uint8Array([30, 40, 50, 60, 70, 80]));
  expect([...bytes.pieces(0, 8, 8)].flatMap(({ bytes: piece }) => [...piece])).toEqual([1, 2, 30, 40, 50, 60, 70, 80]);
});
