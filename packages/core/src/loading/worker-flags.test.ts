import { Worker } from 'node:worker_threads';
import { joinNodeOptions, splitNodeOptions, workerFlags } from './worker-flags.ts';

const flagsOf = (...execArgv: string[]) => [...workerFlags(execArgv).flags];

test("the user's own preloads and conditions stay, with their values", () => {
  const given = [
    '--import',
    './setup.mjs',
    '-r',
    './old.cjs',
    '--conditions=development',
    '-C',
    'x',
    '--enable-source-maps',
  ];
  expect(flagsOf(...given)).toEqual(given);
});

test('flags of V8, of the process and of the way the program was started go', () => {
  expect(
    flagsOf(
      '--expose-gc',
      '--max-old-space-size=100',
      '--inspect-brk=9229',
      '--test',
      '--watch',
      '-e',
      'code',
      '--input-type=module',
      '--title',
      'x',
    ),
  ).toEqual([]);
});

test.each([
  ['--import', 'tsx'],
  ['--require', '/app/node_modules/tsx/dist/preflight.cjs'],
  ['--import', 'file:///app/node_modules/.pnpm/tsx@4/node_modules/tsx/dist/loader.mjs'],
  ['--import=@swc-node/register/esm-register'],
  ['-r', '@swc-node/register'],
  ['--import', '@oxc-node/core/register'],
  ['--loader', 'ts-node/esm'],
  ['--experimental-strip-types'],
])('a loader of TypeScript goes, and shows that workers need one: %s %s', (...flags) => {
  expect(workerFlags(flags)).toEqual({ flags: [], typescript: true });
});

test("a folder of the user's that is called as a loader is not one", () => {
  expect(flagsOf('--import', './tsx/setup.mjs')).toEqual(['--import', './tsx/setup.mjs']);
});

test('NODE_OPTIONS is taken apart and put together as Node does', () => {
  const text = '--import "./with space/a.mjs" --conditions=x "--require=./b \\"c\\".cjs"';
  const words = ['--import', './with space/a.mjs', '--conditions=x', '--require=./b "c".cjs'];
  expect(splitNodeOptions(text)).toEqual(words);
  expect(splitNodeOptions(joinNodeOptions(words))).toEqual(words);
});

test('Node starts a thread with every flag that stays', async () => {
  const flags = [...process.allowedNodeEnvironmentFlags].filter(flag => flagsOf(flag).length > 0);
  expect(flags.length).toBeGreaterThan(20);
  const withoutValue =
    /^(?:-r|--require|--import|-C|--conditions|--loader|--experimental-loader|--unhandled-rejections|--dns-result-order|--disable-warning|--max-http-header-size|--experimental-package-map)$/;
  const execArgv = flags.filter(flag => !withoutValue.test(flag) && !flag.startsWith('--tls-'));
  const worker = new Worker('', { eval: true, execArgv, stderr: true });
  await worker.terminate();
});
