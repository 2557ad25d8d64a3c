import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as aktis from 'aktis';
import { anchorsIn, filesNamedIn, linksIn, printedBy, type Snippet, snippetsIn } from './snippets.ts';

// Every program in the documents is run as a reader would run it, and prints what the document says it prints.

const root = fileURLToPath(new URL('../../', import.meta.url));
const packages = (await readdir(join(root, 'packages'))).map(name => `packages/${name}/README.md`);
const docs = (await readdir(join(root, 'docs'))).map(name => `docs/${name}`);
const documents = await Promise.all(
  ['README.md', 'CONTRIBUTING.md', ...docs, ...packages]
    .filter(path => path.endsWith('.md') && existsSync(join(root, path)))
    .map(async path => {
      const text = await readFile(join(root, path), 'utf8');
      return { path, text, snippets: snippetsIn(text) };
    }),
);
const programs = documents.flatMap(({ path, snippets }) =>
  snippets.filter(({ use }) => use === 'run').map(snippet => ({ path, snippet })),
);

interface Outcome {
  readonly code: number | string;
  readonly stdout: string;
  readonly stderr: string;
}

let workplace: string;
const outcomes = new Map<Snippet, Promise<Outcome>>();

beforeAll(async () => {
  workplace = await mkdtemp(join(tmpdir(), 'aktis-docs-'));
  await symlink(join(root, 'node_modules'), join(workplace, 'node_modules'));
  await writeFile(join(workplace, 'package.json'), JSON.stringify({ type: 'module' }));
  for (const { path, snippets } of documents) {
    await mkdir(folderOf(path), { recursive: true });
    for (const { name, code, use } of snippets) if (use !== null) await writeFile(join(folderOf(path), name), code);
  }
  runAll();
});

afterAll(async () => {
  await Promise.all(outcomes.values());
  await rm(workplace, { recursive: true, force: true });
});

test.each(programs)('$path, line $snippet.line', async ({ snippet }) => {
  const outcome = await (outcomes.get(snippet) as Promise<Outcome>);
  expect(outcome).toMatchObject({ code: 0, stderr: '' });
  const expected = printedBy(snippet);
  if (expected.length === 0) return;
  expect(outcome.stdout.trimEnd().split('\n')).toEqual(expected.map(line => expect.stringMatching(line)));
});

test('the programs type-check', async () => {
  const compilerOptions = {
    target: 'es2022',
    lib: ['es2023', 'esnext.disposable'],
    module: 'nodenext',
    strict: true,
    noEmit: true,
    allowImportingTsExtensions: true,
    experimentalDecorators: true,
    emitDecoratorMetadata: true,
    skipLibCheck: true,
    types: ['node'],
    typeRoots: [join(root, 'node_modules/@types')],
  };
  // Not named tsconfig.json, which the programs would follow when they run.
  const config = join(workplace, 'check.json');
  await writeFile(config, JSON.stringify({ compilerOptions, include: ['**/*.ts'] }));
  const compiler = [join(root, 'node_modules/typescript/bin/tsc'), '--pretty', 'false', '-p', config];
  expect(await execute(compiler)).toEqual({ code: 0, stdout: '', stderr: '' });
});

test.each(documents)('$path links to what is there', async ({ path, text }) => {
  const broken: string[] = [];
  for (const link of linksIn(text)) {
    const [file = '', anchor] = link.split('#');
    const target = file === '' ? join(root, path) : join(root, dirname(path), file);
    const found = existsSync(target) && (!anchor || anchorsIn(await readFile(target, 'utf8')).includes(anchor));
    if (!found) broken.push(link);
  }
  expect(broken).toEqual([]);
});

// These are not written as programs throughout.
const withoutMarks = ['docs/utilities.md', 'docs/performance.md'];

test.each(documents.filter(({ path }) => !withoutMarks.includes(path)))(
  '$path has no TypeScript that is not run',
  ({ snippets }) => {
    expect(snippets.filter(({ language, use }) => language === 'ts' && use === null)).toEqual([]);
  },
);

test.each(
  documents.filter(({ path }) => /^docs\/(?:architecture|decisions|vocabulary)\.md$|^packages\/(?!aktis\/)/.test(path)),
)('$path names files that exist', async ({ path, text }) => {
  const within = /^packages\/[a-z]+\//.exec(path)?.[0] ?? 'packages/';
  const sources = (await readdir(join(root, within), { recursive: true })).filter(file =>
    /^(?:[a-z]+\/)?src\//.test(file),
  );
  // `core/worker/boot.ts` stands for `core/src/worker/boot.ts`.
  const known = sources.flatMap(file => [`/${file}`, `/${file.replace('src/', '')}`]);
  const missing = filesNamedIn(text.replace(/^```(?:ts|js)[\s\S]*?^```/gm, '')).filter(
    file => !known.some(source => source.endsWith(`/${file}`)),
  );
  expect(missing).toEqual([]);
});

test('docs/errors.md explains every error class, with its code', () => {
  const text = documents.find(({ path }) => path === 'docs/errors.md')?.text ?? '';
  const classes = Object.entries(aktis).filter(([name]) => name.endsWith('Error'));
  expect(classes.length).toBeGreaterThan(30);
  const missing = classes.filter(([name, type]) => {
    const code = (type as { code?: string }).code ?? new aktis.InvalidOptionError('').code;
    const section = new RegExp(`^#### (?:&nbsp;)*${name}\n\n\`${code}\``, 'm');
    return !section.test(text);
  });
  expect(missing.map(([name]) => name)).toEqual([]);
});

function folderOf(path: string): string {
  return join(workplace, path.replace(/\.md$/, ''));
}

/** As many programs at a time as there are CPUs. */
function runAll(): void {
  const free = Array.from({ length: availableParallelism() }, () => Promise.resolve());
  programs.forEach(({ path, snippet }, index) => {
    const place = index % free.length;
    const outcome = (free[place] as Promise<void>).then(() => {
      const runner = snippet.language === 'ts' ? [join(root, 'packages/aktis/bin/aktis.js'), 'run'] : [];
      return execute([...runner, join(folderOf(path), snippet.name)]);
    });
    free[place] = outcome.then(() => {});
    outcomes.set(snippet, outcome);
  });
}

function execute(args: readonly string[]): Promise<Outcome> {
  // As in a terminal: Aktis would notice that it runs under jest.
  const { JEST_WORKER_ID: _id, NODE_OPTIONS: _options, AKTIS_ADDRESS: _address, ...env } = process.env;
  const cache = join(workplace, 'compiled');
  const options = { cwd: workplace, env: { ...env, AKTIS_COMPILE_CACHE: cache }, timeout: 30_000 };
  return new Promise(resolve => {
    execFile(process.execPath, args, { ...options, killSignal: 'SIGKILL' }, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : (error.code ?? error.signal ?? 'unknown'), stdout, stderr });
    });
  });
}
