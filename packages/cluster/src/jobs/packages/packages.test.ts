import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { ZipFile } from 'yazl';
import { packDirectory } from './pack-directory.ts';
import { InvalidPackageError, PackageTooLargeError } from './package-errors.ts';
import { PackageStore } from './package-store.ts';
import { unpackPackage } from './unpack-package.ts';

let room: string;
let source: string;
beforeEach(() => {
  room = mkdtempSync(join(tmpdir(), 'aktis-packages-'));
  source = join(room, 'source');
  mkdirSync(source);
});
afterEach(() => rmSync(room, { recursive: true, force: true }));

function put(files: Readonly<Record<string, string>>): void {
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(source, name)), { recursive: true });
    writeFileSync(join(source, name), text);
  }
}
const all = (folder: string) =>
  readdirSync(folder, { recursive: true })
    .map(String)
    .filter(name => statSync(join(folder, name)).isFile())
    .sort();
async function unpacked(content: Uint8Array): Promise<string> {
  const file = join(room, 'package.zip');
  writeFileSync(file, content);
  const folder = join(room, 'target');
  await unpackPackage(file, folder);
  return folder;
}

test('a folder arrives as it was, programs included', async () => {
  put({ 'main.mjs': 'one', 'lib/deep/er.mjs': 'two', 'lib/empty.txt': '', 'run.sh': '#!/bin/sh' });
  chmodSync(join(source, 'run.sh'), 0o755);
  const { content, files, leftOut } = await packDirectory(source);
  expect([files, leftOut]).toEqual([4, []]);
  const target = await unpacked(content);
  expect(all(target)).toEqual(['lib/deep/er.mjs', 'lib/empty.txt', 'main.mjs', 'run.sh']);
  expect(readFileSync(join(target, 'lib/deep/er.mjs'), 'utf8')).toBe('two');
  expect(statSync(join(target, 'run.sh')).mode & 0o777).toBe(0o700);
  expect(statSync(join(target, 'main.mjs')).mode & 0o777).toBe(0o600);
});

test('what git ignores, node_modules and .git stay, and are named', async () => {
  put({
    '.gitignore': '*.log\n/dist\n!keep.log\n',
    '.aktisignore': 'data/\n',
    'a.log': '',
    'keep.log': '',
    'dist/x': '',
    'sub/dist/x': '',
    'sub/.gitignore': '!sub.log\nsecret\n',
    'sub/sub.log': '',
    'sub/secret': '',
    'data/large': '',
    'node_modules/x/index.js': '',
    'sub/node_modules/y/index.js': '',
    '.git/HEAD': '',
    '.env.example': '',
  });
  const { content, leftOut } = await packDirectory(source);
  expect(all(await unpacked(content))).toEqual([
    '.aktisignore',
    '.env.example',
    '.gitignore',
    'keep.log',
    'sub/.gitignore',
    'sub/dist/x',
    'sub/sub.log',
  ]);
  expect([...leftOut].sort()).toEqual([
    '.git/',
    'a.log',
    'data/',
    'dist/',
    'node_modules/',
    'sub/node_modules/',
    'sub/secret',
  ]);
});

test('a folder within a repository obeys its rules, too; without a repository those above count for nothing', async () => {
  put({ '.gitignore': 'out\n', 'app/main.mjs': '', 'app/out/x': '' });
  const app = join(source, 'app');
  expect((await packDirectory(app)).leftOut).toEqual([]);
  mkdirSync(join(source, '.git'));
  expect((await packDirectory(app)).leftOut).toEqual(['out/']);
});

test('links to files travel as files; links to folders, and to nothing, stay', async () => {
  put({ 'real.txt': 'text', 'folder/x': '' });
  symlinkSync('real.txt', join(source, 'link.txt'));
  symlinkSync('..', join(source, 'folder/up'));
  symlinkSync('nothing', join(source, 'dangling'));
  const { content, leftOut } = await packDirectory(source);
  expect([...leftOut].sort()).toEqual(['dangling', 'folder/up']);
  expect(readFileSync(join(await unpacked(content), 'link.txt'), 'utf8')).toBe('text');
});

test('equal folders have equal hashes, whenever they were written', async () => {
  put({ 'a.txt': 'one', 'b.txt': 'two' });
  const first = await packDirectory(source);
  put({ 'b.txt': 'two' });
  expect((await packDirectory(source)).hash).toBe(first.hash);
  put({ 'b.txt': 'three' });
  expect((await packDirectory(source)).hash).not.toBe(first.hash);
});

test('too much is refused, with the largest files', async () => {
  const noise = Array.from({ length: 30_000 }, (_, i) => (i * 7919 * i) % 100_003).join('');
  put({ 'small.txt': 'x', 'huge.txt': noise });
  const packing = packDirectory(source, 20_000);
  await expect(packing).rejects.toThrow(PackageTooLargeError);
  await expect(packing).rejects.toThrow(/huge\.txt .*\.aktisignore/);
});

/** Files by names that no honest packer would give; the library refuses them, so they are written over. */
async function hostile(name: string, options: object = {}): Promise<Buffer> {
  const zip = new ZipFile();
  zip.addBuffer(Buffer.from('evil'), 'x'.repeat(name.length), options);
  zip.end();
  const content = await buffer(zip.outputStream);
  for (
    let at = content.indexOf('x'.repeat(name.length));
    at >= 0;
    at = content.indexOf('x'.repeat(name.length), at + 1)
  ) {
    content.write(name, at);
  }
  return content;
}

test.each(['../outside', 'a/../../outside', '/etc/outside', '..\\outside'])('%s is refused', async name => {
  await expect(unpacked(await hostile(name))).rejects.toThrow(InvalidPackageError);
  expect(all(room)).toEqual(['package.zip']);
});

test('links in packages are refused: they could lead anywhere', async () => {
  await expect(unpacked(await hostile('link', { mode: 0o120777 }))).rejects.toThrow(/link/);
});

test('what is no zip file is refused, and what is cut off', async () => {
  await expect(unpacked(Buffer.from('no zip at all'))).rejects.toThrow(InvalidPackageError);
  put({ 'a.txt': 'one' });
  const { content } = await packDirectory(source);
  await expect(unpacked(content.subarray(0, 60))).rejects.toThrow(InvalidPackageError);
});

test('a package that would become far larger is refused before it is written', async () => {
  const zip = new ZipFile();
  zip.addBuffer(Buffer.alloc(10 * 2 ** 20), 'zeros');
  zip.end();
  const file = join(room, 'package.zip');
  writeFileSync(file, await buffer(zip.outputStream));
  await expect(unpackPackage(file, join(room, 'target'), 2 ** 20)).rejects.toThrow(PackageTooLargeError);
  expect(existsSync(join(room, 'target/zeros'))).toBe(false);
});

test('a store keeps packages under their names, and unpacks each once', async () => {
  put({ 'a.txt': 'one' });
  const { content } = await packDirectory(source);
  const store = new PackageStore(join(room, 'store'));
  expect(store.has('p.zip')).toBe(false);
  await expect(store.use('p.zip')).rejects.toThrow(/upload it again/);
  await store.keep('p.zip', Readable.from([content]));
  expect(store.has('p.zip')).toBe(true);
  const [one, other, own] = await Promise.all([store.use('p.zip'), store.use('p.zip'), store.use('p.zip', true)]);
  expect(one.folder).toBe(other.folder);
  for (const { folder } of [one, own]) expect(readFileSync(join(folder, 'a.txt'), 'utf8')).toBe('one');
  expect(own.folder).not.toBe(one.folder);
  await own.done();
  expect([existsSync(own.folder), existsSync(one.folder)]).toEqual([false, true]);
  expect(() => store.has('../p.zip')).toThrow(InvalidPackageError);
});

test('a store refuses too much while it comes, keeps nothing of it, and forgets old packages', async () => {
  const store = new PackageStore(join(room, 'store'), 1000);
  await expect(store.keep('large.zip', Readable.from([Buffer.alloc(600), Buffer.alloc(600)]))).rejects.toThrow(
    PackageTooLargeError,
  );
  expect(readdirSync(join(room, 'store'))).toEqual([]);
  put({ 'a.txt': 'one' });
  const { content } = await packDirectory(source);
  await store.keep('used.zip', Readable.from([content]));
  const { folder } = await store.use('used.zip');
  for (let i = 0; i < 12; i++) await store.keep(`p${i}.zip`, Readable.from([Buffer.alloc(10)]));
  // Ten, and the one that is in use with its folder.
  expect(readdirSync(join(room, 'store'))).toHaveLength(12);
  expect(store.has('p11.zip')).toBe(true);
  expect(existsSync(join(folder, 'a.txt'))).toBe(true);
});
