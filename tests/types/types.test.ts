import { execFile } from 'node:child_process';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const folder = dirname(fileURLToPath(import.meta.url));
const require = createRequire(import.meta.url);

/** What the compiler has to say about a program; nothing if all is as it should be. */
function complaints(compiler: string, config: string): Promise<string> {
  const tsc = join(dirname(require.resolve(`${compiler}/package.json`)), 'bin/tsc');
  return new Promise(resolve => {
    execFile(process.execPath, [tsc, '--pretty', 'false', '-p', join(folder, config)], (error, stdout, stderr) => {
      resolve(error === null ? stdout : stdout + stderr || error.message);
    });
  });
}

describe.each([
  ['7', 'typescript'],
  ['6', 'typescript-6'],
  ['5.9', 'typescript-5'],
])('TypeScript %s accepts what should be accepted and refuses the rest', (_, compiler) => {
  test.each([
    ['legacy', 'tsconfig.legacy.json'],
    ['standard', 'tsconfig.standard.json'],
  ])('with %s decorators', async (_mode, config) => {
    expect(await complaints(compiler, config)).toBe('');
  });

  test('and says of a misspelt option one thing, where it is', async () => {
    const [restart, returns, wrapped, cpu, ...more] = (await complaints(compiler, 'tsconfig.mistakes.json'))
      .split(/^(?=\S)/m)
      .map(each => each.trim());
    expect(more).toEqual([]);
    expect(restart).toMatch(/mistakes\.ts\(3,11\).*'maxRestart' does not exist in type '.*RemoteOptions/);
    expect(returns).toMatch(/mistakes\.ts\(5,13\).*'numReturn' does not exist in type '.*RemoteOptions/);
    expect(wrapped).toMatch(/mistakes\.ts\(10,44\)[\s\S]*Did you mean to write 'maxRestarts'\?$/);
    expect(cpu).toMatch(/mistakes\.ts\(11,43\)[\s\S]*Did you mean to write 'numCpus'\?$/);
  });
});
