import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const bin = fileURLToPath(new URL('../../aktis/bin/aktis.js', import.meta.url));
const folder = realpathSync(mkdtempSync(join(tmpdir(), 'aktis-cli-')));
afterAll(() => rmSync(folder, { recursive: true }));

const aktis = (...args: string[]) => {
  const { status, stdout, stderr } = spawnSync(process.execPath, [bin, ...args], { cwd: folder, encoding: 'utf8' });
  return { status, stdout, stderr };
};
const program = (name: string, text: string) => writeFileSync(join(folder, name), text);

test('--version and --help print to stdout and are no failure', () => {
  expect(aktis('--version')).toMatchObject({ status: 0, stdout: expect.stringMatching(/^\d+\.\d+\.\d+\n$/) });
  const help = aktis('--help');
  expect(help.status).toBe(0);
  expect(help.stdout).toMatch(/run +run a TypeScript or JavaScript program.*doctor/s);
});

test.each(['run', 'doctor'])('aktis %s --help shows examples', name => {
  for (const args of [
    [name, '--help'],
    ['help', name],
  ]) {
    expect(aktis(...args)).toMatchObject({
      status: 0,
      stdout: expect.stringContaining(`Examples:\n  $ aktis ${name}`),
    });
  }
});

test('wrong usage exits with 2, an unknown command with a suggestion', () => {
  const unknown = aktis('dcotor');
  expect(unknown.status).toBe(2);
  expect(unknown.stderr).toMatch(/unknown command 'dcotor'\s+\(Did you mean doctor\?\)/);
  expect(aktis('run').status).toBe(2);
  expect(aktis('doctor', '--format', 'xml').status).toBe(2);
});

test('a cluster file that is not there or says something wrong is wrong usage, and the message says what is', () => {
  program('key.yaml', 'cluster_name: lab\nprovider: { type: local, head_ip: 127.0.0.1 }\nworker: 1\n');
  const up = (file: string) => aktis('up', file);
  expect(up('nowhere.yaml')).toMatchObject({
    status: 2,
    stderr: expect.stringContaining(`There is no file ${folder}`),
  });
  expect(up('.')).toMatchObject({ status: 2, stderr: expect.stringContaining(`${folder} is a folder`) });
  expect(up('key.yaml')).toMatchObject({
    status: 2,
    stderr: expect.stringContaining('key.yaml:3: "worker": it is not'),
  });
  expect(aktis('down', 'nowhere.yaml').status).toBe(2);
});

describe('aktis run', () => {
  test('runs TypeScript with decorators and metadata, without any configuration', () => {
    program(
      'decorated.ts',
      `const seen: string[] = [];
       const note = (value: { name: string }) => void seen.push(value.name);
       (Reflect as { metadata?: unknown }).metadata = (key: string, value: { name?: string }[]) => () => void (key === 'design:paramtypes' && seen.push(String(value[0]?.name)));
       class Store {}
       @note class Service { constructor(readonly store: Store) {} }
       console.log(await Promise.resolve(seen.join()), new Service(new Store()).constructor.name);`,
    );
    expect(aktis('run', 'decorated.ts')).toMatchObject({ status: 0, stdout: 'Store,Service Service\n', stderr: '' });
  });

  test('takes a program with a top-level await in a package that "npm init" has made', () => {
    mkdirSync(join(folder, 'fresh'));
    program('fresh/package.json', '{ "name": "fresh", "type": "commonjs" }');
    program(
      'fresh/hello.ts',
      `import { get, init, remote, shutdown } from '${import.meta.resolve('../../aktis/dist/index.js')}';
       import { word } from './word';
       const hello = remote(function hello(name: string) { return word + ' ' + name; });
       await init({ includeDashboard: false });
       console.log(await get(hello.remote('you')));
       await shutdown();`,
    );
    program('fresh/word.ts', "export const word: string = typeof require === 'function' ? 'hello' : 'no require,';");
    expect(aktis('run', 'fresh/hello.ts')).toMatchObject({ status: 0, stdout: 'hello you\n', stderr: '' });
  });

  test('gives the program its arguments, also those that look like options', () => {
    program('args.ts', 'console.log(JSON.stringify(process.argv.slice(1)));');
    expect(JSON.parse(aktis('run', 'args.ts', '--help', '-x', 'y').stdout)).toEqual([
      join(folder, 'args.ts'),
      '--help',
      '-x',
      'y',
    ]);
  });

  test('runs JavaScript, and finds a file without its extension', () => {
    program('plain.mjs', 'console.log(import.meta.url);');
    expect(aktis('run', 'plain').stdout).toMatch(/\/plain\.mjs\n$/);
  });

  test('passes the exit code on', () => {
    program('code.ts', 'process.exitCode = 7 as number;');
    program('exit.ts', 'process.exit(5 as number);');
    expect(aktis('run', 'code.ts').status).toBe(7);
    expect(aktis('run', 'exit.ts').status).toBe(5);
  });

  test('shows an error with the lines of the source, and exits with 1 whatever is still open', () => {
    program(
      'throws.ts',
      'interface A {\n  a: number;\n}\nsetInterval(() => {}, 1000);\nfunction boom(x: A): never {\n  throw new RangeError("bad " + x.a);\n}\nboom({ a: 1 });\n',
    );
    const { status, stderr } = aktis('run', 'throws.ts');
    expect(status).toBe(1);
    expect(stderr).toMatch(/RangeError: bad 1\n +at boom \(.*throws\.ts:6:9\)\n.*throws\.ts:8:1/);
    expect(stderr).not.toMatch(/cli\/dist|commander|typescript-loader/);
  });

  test('says in one line that there is no such file', () => {
    const { status, stderr } = aktis('run', 'gone.ts');
    expect(status).toBe(2);
    expect(stderr).toBe(`aktis run: there is no file ${join(folder, 'gone.ts')}\n`);
  });

  test('names the program for workers', () => {
    program('entry.ts', "console.log((globalThis as never)[Symbol.for('aktis.entry')] === import.meta.url);");
    expect(aktis('run', 'entry.ts').stdout).toBe('true\n');
  });
});

test('aktis doctor finds this machine ready, as JSON too', () => {
  const checks: { name: string; status: string; required: boolean }[] = JSON.parse(
    aktis('doctor', '--format', 'json').stdout,
  );
  expect(checks.filter(({ required }) => required).map(({ name, status }) => `${name} ${status}`)).toEqual([
    'Node.js ok',
    expect.stringMatching(/^Disk for spilling (?:ok|warning)$/),
    'Worker threads ok',
    'TypeScript ok',
  ]);
  const table = aktis('doctor');
  expect(table.status).toBe(0);
  expect(table.stdout).toMatch(/✔ Worker threads +one started in \d+ ms/);
});
