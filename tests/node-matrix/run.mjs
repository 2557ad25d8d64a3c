// Runs the programs beside this file under every supported Node and in every way people run TypeScript:
//
//   node tests/node-matrix/run.mjs [--node 20,22,24] [--way tsx]
//
// Exits with 1 when a program fails, and with 2 when a version of Node or a tool could not be had.
import { spawn } from 'node:child_process';
import { cp, mkdir, mkdtemp, readdir, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const here = fileURLToPath(new URL('.', import.meta.url));
const repository = join(here, '../..');
const expected = { sum: 3, count: 5, greeting: 'hello matrix' };
const jest = join(repository, 'node_modules/jest/bin/jest.js');

const { values } = parseArgs({ options: { node: { type: 'string', default: '20,22,24' }, way: { type: 'string' } } });

/** Each way: the folder of its program, and what Node is given there. */
const ways = {
  'plain ESM': { program: 'javascript', args: () => ['main.mjs'] },
  'plain CommonJS': { program: 'commonjs', args: () => ['main.cjs'], needs: requiresModules },
  tsx: { program: 'typescript', args: () => ['--import', 'tsx', 'main.ts'] },
  'swc-node': { program: 'typescript', args: () => ['--import', '@swc-node/register/esm-register', 'main.ts'] },
  'aktis run': {
    program: 'typescript',
    args: () => [join(repository, 'packages/aktis/bin/aktis.js'), 'run', 'main.ts'],
  },
  'jest CommonJS': { program: 'jest', args: folder => [jest, ...jestOptions(folder, 'commonjs')] },
  'jest ESM': { program: 'jest', args: folder => ['--experimental-vm-modules', jest, ...jestOptions(folder, 'es6')] },
};

function requiresModules(version) {
  const [major, minor] = version.slice(1).split('.').map(Number);
  const has = major >= 23 || (major === 22 && minor >= 12) || (major === 20 && minor >= 19);
  return has ? undefined : 'this Node cannot require ES modules';
}

function jestOptions(folder, module) {
  const esm = module === 'es6';
  const swc = {
    jsc: {
      target: 'es2022',
      keepClassNames: true,
      parser: { syntax: 'typescript', decorators: true },
      transform: { legacyDecorator: true, decoratorMetadata: true },
    },
    module: { type: module },
  };
  const transform = { '^.+\\.[jt]s$': [join(repository, 'node_modules/@swc/jest'), swc] };
  const config = {
    rootDir: folder,
    testEnvironment: 'node',
    setupFiles: ['reflect-metadata'],
    transform: esm ? { '^.+\\.ts$': transform['^.+\\.[jt]s$'] } : transform,
    ...(esm
      ? { extensionsToTreatAsEsm: ['.ts'] }
      : { transformIgnorePatterns: ['/node_modules/(?!(?:@aktis|aktis|superjson|copy-anything|is-what)/)'] }),
  };
  return ['--config', JSON.stringify(config), '--silent=false'];
}

function run(command, args, options = {}) {
  return new Promise(resolve => {
    const child = spawn(command, args, {
      ...options,
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: options.timeout ?? 180_000,
    });
    let out = '';
    let err = '';
    child.stdout.on('data', text => {
      out += text;
    });
    child.stderr.on('data', text => {
      err += text;
    });
    child.on('error', error => resolve({ code: -1, out, err: error.message }));
    child.on('close', code => resolve({ code, out, err }));
  });
}

/** The path of a Node of this major version: this one, or what npx downloads. */
async function nodeOf(major) {
  if (process.versions.node.startsWith(`${major}.`)) return process.execPath;
  const { code, out } = await run('npx', ['-y', `node@${major}`, '-p', 'process.execPath'], { timeout: 600_000 });
  return code === 0 ? out.trim().split('\n').at(-1) : undefined;
}

/** A folder outside of the repository with the programs, the tools, and Aktis as npm would link it. */
async function workplace() {
  const folder = await mkdtemp(join(tmpdir(), 'aktis-node-matrix-'));
  await cp(join(here, 'programs'), folder, { recursive: true });
  await cp(join(here, 'package.json'), join(folder, 'package.json'));
  const { code, err } = await run('npm', ['install', '--no-audit', '--no-fund', '--loglevel=error'], {
    cwd: folder,
    timeout: 600_000,
  });
  await mkdir(join(folder, 'node_modules/@aktis'), { recursive: true });
  for (const name of await readdir(join(repository, 'packages'))) {
    await symlink(
      join(repository, 'packages', name),
      join(folder, 'node_modules', name === 'aktis' ? name : `@aktis/${name}`),
    );
  }
  return { folder, failure: code === 0 ? undefined : err };
}

function judge({ code, out, err }) {
  const line = out.split('\n').find(text => text.startsWith('{"sum"'));
  if (code === 0 && line !== undefined && JSON.stringify(JSON.parse(line)) === JSON.stringify(expected))
    return undefined;
  return `exit code ${code}\n${out}${err}`.trim().replace(/^/gm, '      ');
}

let failed = 0;
let absent = 0;
const { folder, failure } = await workplace();
try {
  if (failure !== undefined) {
    console.log(`SKIPPED  tsx and swc-node: npm could not install them: ${failure}`);
    absent++;
  }
  for (const major of values.node.split(',')) {
    const node = await nodeOf(major);
    if (node === undefined) {
      console.log(`SKIPPED  Node ${major}: "npx -y node@${major}" did not bring it (is the registry reachable?)`);
      absent++;
      continue;
    }
    const version = (await run(node, ['--version'])).out.trim();
    console.log(`Node ${version}`);
    for (const [way, { program, args, needs }] of Object.entries(ways)) {
      if (values.way !== undefined && values.way !== way) continue;
      const reason = needs?.(version);
      if (reason !== undefined) {
        console.log(`  -      ${way}: ${reason}`);
        continue;
      }
      const cwd = join(folder, program);
      const started = performance.now();
      const problem = judge(await run(node, args(cwd), { cwd }));
      const took = `${Math.round(performance.now() - started)} ms`;
      console.log(problem === undefined ? `  ok     ${way} (${took})` : `  FAILED ${way} (${took})\n${problem}`);
      if (problem !== undefined) failed++;
    }
  }
} finally {
  await rm(folder, { recursive: true, force: true });
}
process.exitCode = failed > 0 ? 1 : absent > 0 ? 2 : 0;
