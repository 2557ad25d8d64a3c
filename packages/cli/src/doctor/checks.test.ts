import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { bytes } from './check.ts';
import { node, spillSpace } from './machine-checks.ts';
import { projectChecks } from './project-checks.ts';
import { toolChecks } from './tool-checks.ts';

const root = mkdtempSync(join(tmpdir(), 'aktis-doctor-'));
afterAll(() => rmSync(root, { recursive: true }));

const write = (name: string, text: string) => {
  const file = join(root, name);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
  return file;
};

test.each([
  ['20.10.0', 'missing'],
  ['18.20.1', 'missing'],
  ['20.11.0', 'ok'],
  ['24.1.0', 'ok'],
])('Node %s is %s', (version, status) => expect(node(version)).toMatchObject({ status, required: true }));

test('a folder that cannot be written to is no place to spill to', () => {
  expect(spillSpace(join(root, 'gone'))).toMatchObject({ status: 'missing', fix: expect.stringContaining('TMPDIR') });
  expect(spillSpace(root).status).not.toBe('missing');
});

test('tools are looked for on the path, and those missing come with a way to install them', () => {
  chmodSync(write('bin/nats-server', ''), 0o755);
  write('bin/ssh', '');
  const checks = toolChecks(join(root, 'bin'));
  expect(checks.find(({ name }) => name === 'nats-server')).toMatchObject({
    status: 'ok',
    detail: join(root, 'bin/nats-server'),
  });
  expect(checks.find(({ name }) => name === 'ssh')).toMatchObject({
    status: 'warning',
    required: false,
    fix: expect.any(String),
  });
});

test('two copies of Aktis in a project are pointed out, links between packages are followed once', async () => {
  const json = (version: string) => JSON.stringify({ version });
  write('project/node_modules/aktis/package.json', json('1.0.0'));
  write('project/node_modules/lib/node_modules/aktis/package.json', json('0.9.0'));
  symlinkSync(join(root, 'project'), join(root, 'project/node_modules/loop'));
  const [decorators, copies] = await projectChecks(join(root, 'project'));
  expect(decorators).toMatchObject({ status: 'ok', detail: expect.stringContaining('without a tsconfig.json') });
  expect(copies).toMatchObject({
    status: 'warning',
    detail: expect.stringMatching(/aktis: .*1\.0\.0.*0\.9\.0|aktis: .*0\.9\.0.*1\.0\.0/),
  });
});

test('bytes are written for people', () => {
  expect([0, 512, 1536, 3 * 1024 ** 3, 200 * 1024 ** 4].map(bytes)).toEqual([
    '0 bytes',
    '512 bytes',
    '1.5 KiB',
    '3.0 GiB',
    '200 TiB',
  ]);
});
