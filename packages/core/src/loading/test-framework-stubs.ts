/**
 * Stand-ins for test frameworks. A test file that defines remote functions is loaded in workers too, where frameworks
 * refuse to be imported, or would run the tests once more. A stand-in is a function that does nothing and returns
 * itself for everything.
 */

/** ES modules must name what they export, so each framework's names are listed. */
const hooks = ['beforeAll', 'beforeEach', 'afterAll', 'afterEach'];
const suites = ['test', 'it', 'describe', 'expect', ...hooks];
const exportsOf: Readonly<Record<string, readonly string[]>> = {
  '@jest/globals': [...suites, 'jest', 'xit', 'fit', 'xtest', 'xdescribe', 'fdescribe'],
  vitest: [
    ...suites,
    'suite',
    'vi',
    'vitest',
    'assert',
    'should',
    'chai',
    'bench',
    'onTestFailed',
    'onTestFinished',
    'expectTypeOf',
    'assertType',
    'inject',
    'createExpect',
    'aroundEach',
    'aroundAll',
  ],
  'node:test': [...suites, 'suite', 'before', 'after', 'mock', 'run', 'skip', 'todo', 'only', 'snapshot', 'assert'],
  'bun:test': [...suites, 'mock', 'spyOn', 'jest', 'vi', 'setSystemTime', 'setDefaultTimeout', 'onTestFinished'],
};

const scheme = 'aktis-stub:';
const stubSymbol = Symbol.for('aktis.stub');

/** The URL of the stand-in for `specifier`, if it names a test framework. */
export function stubUrl(specifier: string): string | undefined {
  return Object.hasOwn(exportsOf, specifier) ? scheme + specifier : undefined;
}

/** The module behind a URL of `stubUrl`. */
export function stubSource(url: string): string | undefined {
  if (!url.startsWith(scheme)) return undefined;
  const names = exportsOf[url.slice(scheme.length)] ?? [];
  return `const stub = globalThis[Symbol.for('aktis.stub')];\nexport { ${names.map(name => `stub as ${name}`).join(', ')}, stub as default };\n`;
}

/** The stand-in itself, which modules made by `stubSource` take from the global object. */
export function installStub(): unknown {
  const global = globalThis as { [stubSymbol]?: unknown };
  global[stubSymbol] ??= makeStub();
  return global[stubSymbol];
}

function makeStub(): unknown {
  const stub: object = new Proxy(() => {}, {
    get: (_target, name) =>
      name === 'then' || name === Symbol.iterator ? undefined : name === Symbol.toPrimitive ? () => '' : stub,
    apply: () => stub,
    construct: () => stub,
  });
  return stub;
}
