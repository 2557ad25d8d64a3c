import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findServerBinary, isAtLeast } from './server-binary.ts';

describe('the nats-server program', () => {
  let folder: string;
  const program = (name: string, output: string) => {
    const path = join(folder, name);
    writeFileSync(path, `#!/bin/sh\necho "${output}"\n`);
    chmodSync(path, 0o755);
    return path;
  };
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'aktis-binary-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  test('is the one AKTIS_NATS_SERVER names', () => {
    const path = program('mine', 'nats-server: v2.11.16');
    expect(findServerBinary({ AKTIS_NATS_SERVER: path })).toEqual({ path, version: [2, 11, 16] });
  });

  test('is found on the PATH, and in the usual places', () => {
    const path = program('nats-server', 'nats-server: v2.9.10');
    expect(findServerBinary({ PATH: `/nowhere:${folder}` }, []).path).toBe(path);
    expect(findServerBinary({}, [folder]).path).toBe(path);
  });

  test('that is missing gives an error with how to install it', () => {
    expect(() => findServerBinary({ PATH: folder }, [])).toThrow(
      /nats-server was not found.*apt install nats-server.*brew install.*docker pull nats.*AKTIS_NATS_SERVER/,
    );
    expect(() => findServerBinary({ AKTIS_NATS_SERVER: join(folder, 'none') })).toThrow('AKTIS_NATS_SERVER names');
  });

  test('that is something else, or too old, is refused', () => {
    expect(() => findServerBinary({ AKTIS_NATS_SERVER: program('other', 'hello') })).toThrow(
      'does not say its version',
    );
    expect(() => findServerBinary({ AKTIS_NATS_SERVER: program('old', 'v2.8.4') })).toThrow('needs nats-server 2.9');
  });
});

test('versions are compared as numbers', () => {
  expect(isAtLeast([2, 10, 0], 2, 9, 30)).toBe(true);
  expect(isAtLeast([2, 9, 10], 2, 9, 10)).toBe(true);
  expect(isAtLeast([2, 9, 10], 2, 10, 0)).toBe(false);
  expect(isAtLeast([3, 0, 0], 2, 14, 1)).toBe(true);
});
