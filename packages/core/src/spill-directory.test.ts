import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeSpillDirectory } from './spill-directory.ts';

const folder = mkdtempSync(join(tmpdir(), 'spill-directory-'));
afterAll(() => rmSync(folder, { recursive: true }));

test('what processes left that were killed is removed, and nothing else', () => {
  const dead = spawnSync('true').pid;
  const first = `aktis-${process.pid}-00000001`;
  makeSpillDirectory(join(folder, first));
  const owner = readFileSync(join(folder, first, 'owner'), 'utf8');
  const leave = (name: string, owned = owner) => {
    mkdirSync(join(folder, name));
    writeFileSync(join(folder, name, 'owner'), owned);
    writeFileSync(join(folder, name, '100000001'), 'an object');
  };
  leave(`aktis-${dead}-00000002`);
  leave(`aktis-${dead}-00000003`, 'another container');
  leave(`aktis-${dead}-not-ours`);
  mkdirSync(join(folder, `aktis-${dead}-00000004`));
  const second = `aktis-${process.pid}-00000005`;
  makeSpillDirectory(join(folder, second));
  expect(readdirSync(folder).sort()).toEqual(
    [first, second, `aktis-${dead}-00000003`, `aktis-${dead}-00000004`, `aktis-${dead}-not-ours`].sort(),
  );
});
