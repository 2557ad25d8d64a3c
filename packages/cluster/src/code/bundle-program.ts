import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { isAbsolute, relative, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { isTypeScript, moduleUrl, workerEnvironment } from '@aktis/core/loading';
import type { BuildResult, Metafile } from 'esbuild';
import { bundleError } from './bundle-errors.ts';
import { startEsbuild } from './esbuild-service.ts';
import { evaluateImports, orderEvaluation } from './evaluation-order.ts';
import { moduleNames, moduleRuntime } from './module-text.ts';
import { isNodeModule, ProgramModules } from './program-plugin.ts';
import { linePairs, type SourceMap, sourceOfLines } from './source-lines.ts';

/** A driver's program. Modules are named by URL or path. */
export interface Program {
  /** The driver's script; without one the program is its `modules`. */
  readonly entry?: string | undefined;
  /** The modules that define what is remote: `definingModules()`. */
  readonly modules: readonly string[];
  /** `runtimeEnv.setup`. */
  readonly setup?: string | undefined;
  /** Folder that the names of files in messages are relative to. Default: the working directory. */
  readonly root?: string | undefined;
  /** Names of packages that stay behind, besides native ones: the nodes have them installed. */
  readonly external?: readonly string[] | undefined;
}

/** A program as it travels. */
export interface Bundle {
  /** SHA-256 of `code`, hex. */
  readonly hash: string;
  /** An ES module with its source map, to be loaded by way of `CodeCache`. */
  readonly code: Uint8Array;
  /** The packages that the program needs and that nodes must have installed. */
  readonly natives: readonly string[];
}

/**
 * Makes one file of a program, so that nodes which have none of its files can run its tasks and actors.
 *
 * Each module keeps its URL: for the definitions it makes, its `import.meta.url` and in stack traces. Nothing runs when
 * the file is loaded; the worker evaluates modules one by one, as it would import them.
 *
 * @throws ModuleLoadError with file and line when the program has an error, or an import that leads nowhere.
 */
export async function bundleProgram(program: Program): Promise<Bundle> {
  const { entry, setup, modules, root = process.cwd(), external = [] } = program;
  const begin = [setup, entry, ...modules].flatMap(name => (name === undefined ? [] : moduleUrl(name)));
  // Whatever else there is, nodes have it: definitions of Aktis itself are known by a name that is no file.
  const roots = new Set(begin.filter(url => url.startsWith('file:')));
  const found = new ProgramModules(root, external, [...roots].some(isTypeScript));
  const { esbuild } = await startEsbuild();

  const build = async (): Promise<Built> => {
    found.entry = entryModule(entry, roots);
    try {
      return await esbuild.build({ ...options(root), plugins: [found.plugin] });
    } catch (error) {
      throw bundleError(error, root);
    }
  };
  let built = await build();
  // What is imported only later may define something, too.
  const later = laterModules(built.metafile, root).filter(url => !roots.has(url));
  if (later.length > 0) {
    for (const url of later) roots.add(url);
    built = await build();
  }
  const code = Buffer.from(finish(built, root));
  return {
    hash: createHash('sha256').update(code).digest('hex'),
    code,
    natives: [...found.stayBehind].sort(),
  };
}

type Built = BuildResult<ReturnType<typeof options>>;

function options(root: string) {
  const { execArgv } = workerEnvironment();
  return {
    entryPoints: ['aktis-program'],
    absWorkingDir: root,
    outfile: resolve(root, 'aktis-program.js'),
    write: false,
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    charset: 'utf8',
    // Names of functions and classes are what definitions are known by.
    keepNames: true,
    // Node evaluates what is imported, whatever its package says of side effects.
    ignoreAnnotations: true,
    // Without it, esbuild would take what packages have for bundlers only.
    conditions: conditionsOf(execArgv),
    // What it says has been done to TypeScript before, by the core.
    tsconfigRaw: '{}',
    define: { ...moduleNames },
    banner: { js: `${moduleRuntime}\n${evaluateImports}` },
    sourcemap: 'external',
    sourcesContent: false,
    legalComments: 'none',
    metafile: true,
    logLevel: 'silent',
  } as const satisfies import('esbuild').BuildOptions;
}

/** The module that the bundle begins with; see `ProgramBundle` of the core. */
function entryModule(entry: string | undefined, roots: ReadonlySet<string>): string {
  const modules = [...roots].map(
    url => `  ${JSON.stringify(url)}: () => import(${JSON.stringify(fileURLToPath(url))}),\n`,
  );
  return [
    'export { host } from "aktis-host";\n',
    `export const entry = ${JSON.stringify(entry && moduleUrl(entry))};\n`,
    `export const modules = { __proto__: null,\n${modules.join('')}};\n`,
  ].join('');
}

/** The modules that the program's own modules reach by `import()`. */
function laterModules({ inputs }: Metafile, root: string): string[] {
  const files = Object.entries(inputs).flatMap(([from, { imports }]) =>
    isOwn(from) ? imports.filter(({ kind, path }) => kind === 'dynamic-import' && isOwn(path)) : [],
  );
  return files.flatMap(({ path, external }) => {
    const file = resolve(root, path);
    return external || !existsSync(file) ? [] : pathToFileURL(file).href;
  });
}

function isOwn(path: string): boolean {
  return !/(?:^|[\\/])node_modules[\\/]/.test(path) && !/^aktis(?:-[a-z]+)?:/.test(path);
}

/** What esbuild wrote, with modules in their right order, and with what tells which line is whose. */
function finish({ outputFiles }: Built, root: string): string {
  const text = (extension: string) => outputFiles.find(({ path }) => path.endsWith(extension))?.text ?? '';
  const lines = text('.js').split('\n');
  const map = JSON.parse(text('.map')) as SourceMap;
  const headings = map.sources.map(source => heading(source, root));
  const files = map.sources.map(source => resolve(root, source));
  const sources = sourceOfLines(lines, map.mappings, headings);
  orderEvaluation(lines);
  takeDefaults(lines, sources, files);
  map.sources = files.map((file, index) => (existsSync(file) ? pathToFileURL(file).href : (headings[index] as string)));
  const mapUrl = `data:application/json;base64,${Buffer.from(JSON.stringify(map)).toString('base64')}`;
  lines.push(
    `export const sources = ${JSON.stringify(map.sources)};`,
    `export const lines = ${JSON.stringify(linePairs(sources))};`,
    `//# sourceMappingURL=${mapUrl}`,
    '',
  );
  return lines.join('\n');
}

/** The name of a source in the comment above its code. */
function heading(source: string, root: string): string {
  return isAbsolute(source) ? relative(root, source) : source;
}

/** Lets ES modules import CommonJS as Node does. esbuild goes by what a package says only where it found the file itself. */
function takeDefaults(lines: string[], sources: readonly number[], files: readonly string[]): void {
  const asNode = files.map(isNodeModule);
  lines.forEach((line, index) => {
    if (!asNode[sources[index] as number] || !line.includes('__toESM(')) return;
    lines[index] = line.replace(/\b__toESM\((require_[\w$]+\(\))\)/g, '__toESM($1, 1)');
  });
}

function conditionsOf(flags: readonly string[]): string[] {
  return flags.flatMap((flag, index) => {
    const [, name, value] = /^(-C|--conditions)(?:=(.*))?$/.exec(flag) ?? [];
    return name === undefined ? [] : (value ?? flags[index + 1] ?? []);
  });
}
