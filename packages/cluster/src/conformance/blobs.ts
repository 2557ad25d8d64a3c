/// <reference types="jest" />
import { blobHash } from '../blob-hash.ts';
import type { Connect } from './suite.ts';

export function blobTests(connect: Connect): void {
  describe('blobs', () => {
    const blob = (bytes: number, seed: number) =>
      Uint8Array.from({ length: bytes }, (_, i) => (i * 31 + (i >> 8) + seed) & 255);

    test.each([0, 1, 512 * 1024, 512 * 1024 + 1, 3_000_000])('of %d bytes come back as they were', async bytes => {
      const [here, there] = await Promise.all([connect(), connect()]);
      const content = blob(bytes, bytes);
      await here.blobs.put(blobHash(content), content);
      const back = await there.blobs.get(blobHash(content));
      expect(Buffer.compare(back as Uint8Array, content)).toBe(0);
    });

    test('that nobody put are undefined', async () => {
      expect(await (await connect()).blobs.get('0'.repeat(64))).toBeUndefined();
    });

    test('may be put by several at once, and again', async () => {
      const stores = await Promise.all([connect(), connect(), connect()]);
      const content = blob(1_200_000, 7);
      const hash = blobHash(content);
      await Promise.all(stores.flatMap(store => [store.blobs.put(hash, content), store.blobs.put(hash, content)]));
      await stores[0]?.blobs.put(hash, content);
      for (const store of stores) expect(blobHash((await store.blobs.get(hash)) as Uint8Array)).toBe(hash);
      expect(await stores[0]?.blobs.list()).toEqual([hash]);
    });

    test('with a wrong hash are refused', async () => {
      const { blobs } = await connect();
      await expect(blobs.put('1'.repeat(64), blob(10, 1))).rejects.toThrow('is not what its hash says');
      await expect(blobs.put('no hash', blob(10, 1))).rejects.toThrow('is no hash');
      await expect(blobs.get('../x')).rejects.toThrow('is no hash');
    });

    test('are listed, and gone once deleted', async () => {
      const { blobs } = await connect();
      const [one, two] = [blob(600_000, 1), blob(10, 2)];
      for (const content of [one, two]) await blobs.put(blobHash(content), content);
      expect((await blobs.list()).toSorted()).toEqual([blobHash(one), blobHash(two)].toSorted());
      await blobs.delete(blobHash(one));
      await blobs.delete(blobHash(one));
      expect(await blobs.get(blobHash(one))).toBeUndefined();
      expect(await blobs.list()).toEqual([blobHash(two)]);
      await blobs.put(blobHash(one), one);
      expect(blobHash((await blobs.get(blobHash(one))) as Uint8Array)).toBe(blobHash(one));
    });
  });
}
