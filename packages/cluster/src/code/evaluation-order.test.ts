import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { createContext, SourceTextModule } from 'node:vm';
import fc from 'fast-check';
import { bundleProgram } from './bundle-program.ts';
import { stopEsbuild } from './esbuild-service.ts';

const root = realpathSync(mkdtempSync(join(tmpdir(), 'aktis-order-')));
afterAll(async () => {
  await stopEsbuild();
  rmSync(root, { recursive: true });
});

interface Loaded {
  readonly modules: Readonly<Record<string, () => Promise<unknown>>>;
}

const log: string[] = [];
Object.assign(globalThis, { aktisOrder: log });
const says = (name: string) => `globalThis.aktisOrder.push(${JSON.stringify(name)});`;

let count = 0;

/** Writes a program, and returns what evaluates its modules as Node does, and as a bundle does. */
async function program(files: Readonly<Record<string, string>>) {
  const folder = join(root, String(++count));
  for (const [name, text] of Object.entries({ 'package.json': '{ "type": "module" }', ...files })) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
  const url = (name: string) => pathToFileURL(join(folder, name)).href;
  const { code } = await bundleProgram({ modules: Object.keys(files).filter(isModule).map(url), root: folder });
  const file = join(folder, 'bundle.mjs');
  writeFileSync(file, code);
  const bundle = (await import(pathToFileURL(file).href)) as Loaded;
  return { evaluate: (name: string) => bundle.modules[url(name)]?.() };
}

const isModule = (name: string) => /^[^/]*\.m?js$/.test(name);

async function logged(run: () => unknown): Promise<string[]> {
  log.length = 0;
  await run();
  return [...log];
}

/** For each module what it imports, and whether it awaits. Modules are called `m0.js`, `m1.js`, … */
type Graph = readonly { readonly imports: readonly number[]; readonly awaits: boolean }[];

const graphs = (awaits: fc.Arbitrary<boolean>) =>
  fc
    .integer({ min: 2, max: 7 })
    .chain(size =>
      fc.array(
        fc.record({ imports: fc.uniqueArray(fc.integer({ min: 0, max: size - 1 }), { maxLength: 4 }), awaits }),
        { minLength: size, maxLength: size },
      ),
    );

const textOf = ({ imports, awaits }: Graph[number], index: number) =>
  [...imports.map(each => `import './m${each}.js';`), awaits ? 'await 0;' : '', says(`m${index}`)].join('\n');

const filesOf = (graph: Graph) => Object.fromEntries(graph.map((each, index) => [`m${index}.js`, textOf(each, index)]));

async function evaluateInNode(graph: Graph): Promise<void> {
  const context = createContext({ aktisOrder: log });
  const modules = graph.map((each, index) => new SourceTextModule(textOf(each, index), { context }));
  const [first] = modules as [SourceTextModule];
  await first.link(specifier => modules[Number(/\d+/.exec(specifier)?.[0])] as SourceTextModule);
  await first.evaluate();
}

/** Modules that `from` waits for, directly and through others. */
function reachable(graph: Graph, from: number): Set<number> {
  const found = new Set<number>();
  const visit = (index: number) => {
    for (const next of graph[index]?.imports ?? []) {
      if (found.has(next)) continue;
      found.add(next);
      visit(next);
    }
  };
  visit(from);
  return found;
}

test('without a top-level await, modules are evaluated in the order of Node, circles or not', async () => {
  await fc.assert(
    fc.asyncProperty(graphs(fc.constant(false)), async graph => {
      const { evaluate } = await program(filesOf(graph));
      expect(await logged(() => evaluate('m0.js'))).toEqual(await logged(() => evaluateInNode(graph)));
    }),
    { numRuns: 25 },
  );
});

test('with top-level awaits all modules are evaluated once, after those they import; a circle waits for nothing in vain', async () => {
  await fc.assert(
    fc.asyncProperty(graphs(fc.boolean()), async graph => {
      const { evaluate } = await program(filesOf(graph));
      const order = await logged(() => evaluate('m0.js'));
      const expected = await logged(() => evaluateInNode(graph));
      expect([...order].sort()).toEqual([...expected].sort());
      graph.forEach(({ imports }, index) => {
        const at = order.indexOf(`m${index}`);
        if (at < 0) return;
        for (const each of imports) {
          const isCircle = each === index || reachable(graph, each).has(index);
          if (!isCircle) expect(order.indexOf(`m${each}`)).toBeLessThan(at);
        }
      });
    }),
    { numRuns: 50 },
  );
});

test('an import that never ends holds back who imports it, and nobody else', async () => {
  const { evaluate } = await program({
    'main.js': `import './first.js'; import './pending.js'; import './last.js'; ${says('main')}`,
    'first.js': `import './main.js'; ${says('first')}`,
    'pending.js': `${says('pending')} await new Promise(() => {});`,
    'last.js': says('last'),
    'other.js': `import './last.js'; ${says('other')}`,
  });
  const order = await logged(async () => {
    void evaluate('main.js');
    await evaluate('other.js');
  });
  expect([...order].sort()).toEqual(['first', 'last', 'other', 'pending']);
});

test('every kind of import stands in its place before an await', async () => {
  const { evaluate } = await program({
    'main.js': `
      import './a.js';
      import common, { named } from './b.cjs';
      import './awaits.js';
      import data from './c.json' with { type: 'json' };
      import './d.cjs';
      export * from './e.cjs';
      export * as all from './f.js';
      import { init_f } from './f.js';
      await init_f();
      const require = await Promise.resolve(name => name);
      ${says('main')}
      globalThis.aktisOrder.push([common.named, named, data.x, require('own')].join());
    `,
    'a.js': says('a'),
    'b.cjs': `${says('b')} exports.named = 1;`,
    'awaits.js': `await 0; ${says('awaited')}`,
    'c.json': '{ "x": 2 }',
    'd.cjs': says('d'),
    'e.cjs': `${says('e')} exports.e = 1;`,
    'f.js': `import './awaits.js'; ${says('f')} export const init_f = async () => { ${says('init_f')} };`,
  });
  const order = await logged(() => evaluate('main.js'));
  expect(order).toEqual(['a', 'b', 'd', 'e', 'awaited', 'f', 'init_f', 'main', '1,1,2,own']);
});

test('a module that throws fails those that import it, each time, and no one else', async () => {
  const { evaluate } = await program({
    'main.js': `import './awaits.js'; import './throws.js'; ${says('main')}`,
    'awaits.js': `await 0; throw new Error('late'); `,
    'throws.js': `throw new Error('early');`,
    'fine.js': says('fine'),
  });
  const order = await logged(async () => {
    await expect(evaluate('main.js')).rejects.toThrow('early');
    await expect(evaluate('main.js')).rejects.toThrow('early');
    await expect(evaluate('throws.js')).rejects.toThrow('early');
    await expect(evaluate('awaits.js')).rejects.toThrow('late');
    await evaluate('fine.js');
  });
  expect(order).toEqual(['fine']);
});
