import { createHash } from 'node:crypto';
import {
  chmodSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { BlobStore } from '../control-store.ts';
import { CodeCache } from './code-cache.ts';

const root = mkdtempSync(join(tmpdir(), 'aktis-code-cache-'));
afterAll(() => rmSync(root, { recursive: true }));

class Blobs implements BlobStore {
  readonly content = new Map<string, Uint8Array>();
  reads = 0;

  async put(hash: string, content: Uint8Array): Promise<void> {
    this.content.set(hash, content);
  }

  async get(hash: string): Promise<Uint8Array | undefined> {
    this.reads++;
    await new Promise(setImmediate);
    return this.content.get(hash);
  }
}

let count = 0;
const newFolder = () => join(root, String(++count), 'code');

function bundleOf(text: string) {
  const code = Buffer.from(text);
  return { hash: createHash('sha256').update(code).digest('hex'), code };
}

const textAt = (url: string) => readFileSync(fileURLToPath(url), 'utf8');

test('a bundle comes once from the store, however many ask at once, and again only after it was removed', async () => {
  const blobs = new Blobs();
  const cache = new CodeCache(newFolder(), blobs);
  const bundle = bundleOf('export const a = 1;');
  await cache.publish(bundle);
  const urls = await Promise.all(Array.from({ length: 5 }, () => cache.file(bundle.hash)));
  const [url = ''] = urls;
  expect(new Set(urls).size).toBe(1);
  expect(textAt(url)).toContain('export const a = 1;');
  expect(await cache.file(bundle.hash)).toBe(url);
  expect(blobs.reads).toBe(1);
  rmSync(fileURLToPath(url));
  expect(await Promise.all([cache.file(bundle.hash), cache.file(bundle.hash)])).toEqual([url, url]);
  expect(textAt(url)).toContain('export const a = 1;');
  expect(blobs.reads).toBe(2);
});

test('it survives restarts, unless the file is not what was written', async () => {
  const [folder, blobs, bundle] = [newFolder(), new Blobs(), bundleOf('export const a = 2;')];
  await blobs.put(bundle.hash, bundle.code);
  const url = await new CodeCache(folder, blobs).file(bundle.hash);
  expect(await new CodeCache(folder, blobs).file(bundle.hash)).toBe(url);
  expect(blobs.reads).toBe(1);
  truncateSync(fileURLToPath(url), 10);
  expect(await new CodeCache(folder, blobs).file(bundle.hash)).toBe(url);
  expect(blobs.reads).toBe(2);
  expect(textAt(url)).toContain('export const a = 2;');
});

test('only this user may read and write it', async () => {
  const [folder, blobs, bundle] = [newFolder(), new Blobs(), bundleOf('')];
  await blobs.put(bundle.hash, bundle.code);
  const url = await new CodeCache(folder, blobs).file(bundle.hash);
  expect(statSync(folder).mode & 0o777).toBe(0o700);
  expect(statSync(fileURLToPath(url)).mode & 0o777).toBe(0o600);
  chmodSync(folder, 0o755);
  await new CodeCache(folder, blobs).file(bundle.hash);
  expect(statSync(folder).mode & 0o777).toBe(0o700);
});

test("the node's own packages take the places of what stands for them", async () => {
  const blobs = new Blobs();
  const cache = new CodeCache(newFolder(), blobs);
  const bundle = bundleOf(
    'import "aktis-installed:@aktis/core"; require("aktis-installed:tsyringe"); f("aktis-installed:other");',
  );
  await cache.publish(bundle);
  const [, core, tsyringe, other] =
    /import "(.*)"; require\("(.*)"\); f\("(.*)"\)/.exec(textAt(await cache.file(bundle.hash))) ?? [];
  expect(core).toMatch(/^file:.*\/core\/bundle\/(?:index|hub)\.js$/);
  expect(tsyringe).toMatch(/^[^:].*tsyringe/);
  expect(other).toBe('aktis-installed:other');
});

test('errors say what is wrong, and are not kept', async () => {
  const blobs = new Blobs();
  const cache = new CodeCache(newFolder(), blobs);
  const bundle = bundleOf('export {};');
  await expect(cache.file(bundle.hash)).rejects.toThrow(/is not in the control store: the job has ended/);
  await blobs.put(bundle.hash, Buffer.from('something else'));
  await expect(cache.file(bundle.hash)).rejects.toMatchObject({
    code: 'ERR_AKTIS_MODULE_LOAD',
    message: expect.stringMatching(/was damaged/),
  });
  await blobs.put(bundle.hash, bundle.code);
  expect(await cache.file(bundle.hash)).toMatch(/^file:/);
  await expect(cache.file('../../etc/passwd')).rejects.toThrow(/is not the hash/);
  const unknown = bundleOf('import "aktis-installed:@aktis/of-the-future";');
  await cache.publish(unknown);
  await expect(cache.file(unknown.hash)).rejects.toThrow(/'@aktis\/of-the-future', which this node does not have/);
});

test('what was not used for long goes when something new comes, then what is too much, the oldest first', async () => {
  const [folder, blobs] = [newFolder(), new Blobs()];
  const bundles = ['a', 'b', 'c', 'd'].map(name => bundleOf(`export const ${name} = '${'x'.repeat(1000)}';`));
  for (const { hash, code } of bundles) await blobs.put(hash, code);
  const cache = new CodeCache(folder, blobs, { maxAge: 60_000, maxBytes: 1500 });
  const load = async (index: number, age: number) => {
    const url = await cache.file(bundles[index]?.hash as string);
    const used = Date.now() / 1000 - age;
    utimesSync(fileURLToPath(url), used, used);
    return fileURLToPath(url);
  };
  const [first, second] = [await load(0, 120), await load(1, 30)];
  writeFileSync(join(folder, 'not-ours.txt'), '');
  expect(readdirSync(folder)).toHaveLength(2);
  expect(() => statSync(first)).toThrow('ENOENT');
  const third = await load(2, 20);
  const fourth = await load(3, 0);
  expect(() => statSync(second)).toThrow('ENOENT');
  expect(
    readdirSync(folder)
      .map(name => join(folder, name))
      .sort(),
  ).toEqual([third, fourth, join(folder, 'not-ours.txt')].sort());
});
