import { join } from 'node:path';
import { sampleTests } from '../samples/support/sample-tests.ts';
import { AktisCommand, repository } from './support/aktis-command.ts';

// The samples, unchanged, on three nodes that were started from the command line.

const aktis = new AktisCommand();
let address = '';

beforeAll(async () => {
  const printed = await aktis.told('start', '--head', '--port', '0', '--num-cpus', '2');
  address = /init\(\{ address: '(\S+)' \}\)/.exec(printed)?.[1] ?? '';
  const join = ['start', '--address', address, '--num-cpus', '2'];
  await Promise.all(['second', 'third'].map(name => aktis.told(...join, '--node-name', name)));
}, 120_000);

afterAll(() => aktis.end(), 120_000);

sampleTests(async (name, ...args) => {
  const command = ['run', join(repository, 'samples', name), ...args];
  const { status, stdout, stderr } = await aktis.run(command, { AKTIS_ADDRESS: address });
  if (status !== 0) throw new Error(`aktis ${command.join(' ')} ended with ${status}: ${stderr}${stdout}`);
  return { lines: stdout.trimEnd().split('\n'), stderr };
});
