import { mkdtempSync, realpathSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeDirectory } from './make-directory.ts';

const folder = realpathSync(mkdtempSync(join(tmpdir(), 'make-directory-')));
afterAll(() => rmSync(folder, { recursive: true }));

test('those above are made, too, and what is there stays as it is', () => {
  const inner = join(folder, 'a', 'b', 'c');
  makeDirectory(inner, 0o700);
  makeDirectory(inner, 0o755);
  expect([join(folder, 'a'), inner].map(path => statSync(path).mode & 0o777)).toEqual([0o700, 0o700]);
});

test('a file or a link to nowhere in the way is an error', () => {
  const [file, link] = [join(folder, 'file'), join(folder, 'link')];
  writeFileSync(file, '');
  symlinkSync(join(folder, 'nowhere'), link);
  expect(() => makeDirectory(file)).toThrow('EEXIST');
  expect(() => makeDirectory(join(file, 'inside', 'deeper'))).toThrow('ENOTDIR');
  expect(() => makeDirectory(link)).toThrow('EEXIST');
  expect(() => makeDirectory(join(link, 'inside'))).toThrow('EEXIST');
});

// Node's own never comes back from here.
if (process.platform === 'linux') {
  test('where the system lets nobody make one, that is said', () => {
    expect(() => makeDirectory('/proc/no-such-process')).toThrow('ENOENT');
    expect(() => makeDirectory('/proc/no-such-process/inside')).toThrow('ENOENT');
  });
}
