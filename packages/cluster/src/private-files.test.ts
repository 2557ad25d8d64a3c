import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FileUnusableError, fileFailure, privateDirectory, writePrivateFile } from './private-files.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'aktis-files-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

test.each([
  ['ENOSPC', 'the disk is full'],
  ['EROFS', 'the disk is read-only'],
  ['EDQUOT', 'the quota of this user is used up'],
  ['EACCES', 'this user may not write there'],
])('%s is told as "%s", with what to do', (code, reason) => {
  const failure = fileFailure('/data/aktis', Object.assign(new Error('write'), { code }));
  expect(failure).toBeInstanceOf(FileUnusableError);
  expect(failure.message).toContain(`/data/aktis cannot be used: ${reason}. Aktis keeps its files below AKTIS_HOME`);
});

test('other failures stay as they are', () => {
  const error = new Error('something else');
  expect(fileFailure('/data/aktis', error)).toBe(error);
});

test('a directory that cannot be made, and a file that cannot be written', () => {
  const file = join(folder, 'file');
  writeFileSync(file, '');
  expect(() => privateDirectory(join(file, 'inside'))).toThrow(/inside cannot be used: a part of the path is a file/);
  expect(() => writePrivateFile(join(folder, 'missing', 'file'), '')).toThrow(FileUnusableError);
});
