import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { LogFiles } from './log-files.ts';

let directory: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'aktis-log-files-'));
});

afterEach(() => rmSync(directory, { recursive: true, force: true }));

test('what workers print is in a file per worker and stream, readable by the owner alone', () => {
  const files = new LogFiles(join(directory, 'logs'));
  files.write(3, 'stdout', 'one\n');
  files.write(3, 'stdout', 'two\n');
  files.write(3, 'stderr', 'bad\n');
  files.close();
  const [out, err] = files.of(3) as [string, string];
  expect([basename(out), readFileSync(out, 'utf8')]).toEqual(['worker-3.out', 'one\ntwo\n']);
  expect([basename(err), readFileSync(err, 'utf8')]).toEqual(['worker-3.err', 'bad\n']);
  expect(statSync(out).mode & 0o777).toBe(0o600);
  expect(files.of(4)).toEqual([]);
});

test('a file that has grown large is put aside, and the oldest part goes', async () => {
  const files = new LogFiles(directory);
  for (let part = 1; part <= 6; part++) {
    files.write(1, 'stdout', `${part}${'x'.repeat(11 * 2 ** 20)}`);
    await new Promise(resolve => setImmediate(resolve));
  }
  files.close();
  const paths = files.of(1);
  expect(paths.map(path => basename(path))).toEqual([
    'worker-1.out.3',
    'worker-1.out.2',
    'worker-1.out.1',
    'worker-1.out',
  ]);
  expect(paths.map(path => readFileSync(path, 'utf8')[0])).toEqual(['3', '4', '5', '6']);
});
