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

test('the words counted on three nodes are those counted on one machine, though a node is killed', async () => {
  const { lines } = await run(['packages/aktis/bin/aktis.js', 'run', 'samples/word-statistics-cluster.ts', '30']);
  expect(lines[0]).toMatch(/^On this machine: {2}[\d,]+ words, [\d,]+ of them different$/);
  expect(lines[1]).toMatch(/^Killed one of three nodes when 15 of 30 chapters were counted$/);
  expect(lines[2]).toBe(lines[0]?.replace('this machine: ', 'three nodes:  '));
  expect(lines[3]).toMatch(/^The same: true\. Chapters by node: \d+, \d+/);
});

test('the samples type-check', async () => {
  const { lines } = await run(['node_modules/typescript/bin/tsc', '-p', 'samples']);
  expect(lines).toEqual(['']);
});
