import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { type Output, sampleTests } from './support/sample-tests.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));

/** Rejects, with what was printed, unless the program ends with exit code 0. */
async function run(command: readonly string[]): Promise<Output> {
  // As in a terminal: Aktis would notice that it runs under jest.
  const { JEST_WORKER_ID: _id, NODE_OPTIONS: _options, ...env } = process.env;
  const { stdout, stderr } = await promisify(execFile)(process.execPath, command, { cwd: root, env, timeout: 30_000 });
  return { lines: stdout.trimEnd().split('\n'), stderr };
}

sampleTests((name, ...args) => run(['packages/aktis/bin/aktis.js', 'run', join('samples', name), ...args]));

test('the samples type-check', async () => {
  const { lines } = await run(['node_modules/typescript/bin/tsc', '-p', 'samples']);
  expect(lines).toEqual(['']);
});
