import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sampleTests } from '../samples/support/sample-tests.ts';
import { CommandLine } from './support/command-line.ts';

// The samples, unchanged, on three nodes that were started from the command line.

const folder = realpathSync(mkdtempSync(join(tmpdir(), 'aktis-samples-')));
const commandLine = new CommandLine({ AKTIS_HOME: folder });
let address = '';

beforeAll(async () => {
  const { stdout } = await commandLine.told(['start', '--head', '--port', '0', '--num-cpus', '2']);
  address = /init\(\{ address: '(\S+)' \}\)/.exec(stdout)?.[1] ?? '';
  const join = ['start', '--address', address, '--num-cpus', '2'];
  await Promise.all(['second', 'third'].map(name => commandLine.told([...join, '--node-name', name])));
}, 120_000);

afterAll(async () => {
  await commandLine.told(['stop', '--grace', '5']);
  rmSync(folder, { recursive: true, force: true });
}, 120_000);

sampleTests(async (name, ...args) => {
  const { stdout, stderr } = await commandLine.told(['run', join('samples', name), ...args], {
    AKTIS_ADDRESS: address,
  });
  return { lines: stdout.trimEnd().split('\n'), stderr };
});
