import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { callerModule } from './call-site.ts';
import { moduleUrl } from './module-url.ts';

const thisModule = moduleUrl(import.meta.url);

function remote(): string | undefined {
  return callerModule(remote);
}

test('the caller is the file that called, whatever lies between', () => {
  const indirect = () => remote();
  expect(moduleUrl(remote() ?? '')).toBe(thisModule);
  expect(moduleUrl(indirect() ?? '')).toBe(thisModule);
});

test('it survives what source map packages do to stack traces, and leaves it in place', () => {
  const { prepareStackTrace, stackTraceLimit } = Error;
  const override = () => 'mapped';
  try {
    Error.prepareStackTrace = override;
    Error.stackTraceLimit = 0;
    expect(moduleUrl(remote() ?? '')).toBe(thisModule);
    expect(Error.prepareStackTrace).toBe(override);
    expect(Error.stackTraceLimit).toBe(0);
  } finally {
    Error.prepareStackTrace = prepareStackTrace;
    Error.stackTraceLimit = stackTraceLimit;
  }
});

describe('in a program', () => {
  const folder = mkdtempSync(join(tmpdir(), 'aktis-call-site-'));
  const callSite = new URL('../../dist/loading/call-site.js', import.meta.url).href;
  afterAll(() => rmSync(folder, { recursive: true }));

  const write = (name: string, text: string) => {
    mkdirSync(join(folder, name, '..'), { recursive: true });
    writeFileSync(join(folder, name), text);
    return join(folder, name);
  };
  const run = (...args: string[]) => execFileSync(process.execPath, args, { encoding: 'utf8' }).trim();
  const remoteSource = `import { callerModule } from '${callSite}'; export const remote = () => callerModule(remote);`;

  test("helpers that apply decorators for the module, and Reflect's, are passed over", () => {
    write('remote.mjs', remoteSource);
    for (const helper of ['tslib', 'reflect-metadata', '@swc/helpers', '@oxc-project/runtime']) {
      const apply = write(`node_modules/${helper}/apply.mjs`, 'export const apply = decorator => decorator();');
      const user = write(
        `with-${helper.replace('/', '-')}.mjs`,
        `import { apply } from '${apply}'; import { remote } from './remote.mjs'; console.log(apply(remote));`,
      );
      expect(run(user)).toBe(moduleUrl(user));
    }
  });

  test('a query stays, so that a hot reload can be told from a duplicate', () => {
    write('remote.mjs', remoteSource);
    write('user.mjs', "import { remote } from './remote.mjs'; console.log(remote());");
    const main = write('main.mjs', "await import('./user.mjs?v=2');");
    expect(run(main)).toBe(`${moduleUrl(join(folder, 'user.mjs'))}?v=2`);
  });

  test('code of no file has no module', () => {
    const main = `const { callerModule } = await import('${callSite}'); function remote() { return callerModule(remote); } console.log(String(remote()));`;
    expect(run('--input-type=module', '-e', main)).toBe('undefined');
    expect(
      run(
        '-e',
        `import('${callSite}').then(({ callerModule }) => { function remote() { return callerModule(remote); } console.log(String(remote())); })`,
      ),
    ).toBe('undefined');
  });
});
