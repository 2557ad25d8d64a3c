import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { isMainThread } from 'node:worker_threads';
import { CompileCache } from './compile-cache.ts';
import { packageType } from './source-files.ts';
import { type Compiled, CompilerMissingError, compileHere, type WantedFormat } from './typescript-compiler.ts';

/**
 * How a file was reached, which decides its format where its package says nothing. `root`: by Aktis itself, as a
 * program or as the module of a definition.
 */
export type Arrival = 'import' | 'require' | 'root';

/** What the compiling process prints: the file that was asked for and all that it imports, or why it could not. */
export interface CompileReply {
  readonly compiled: readonly Keyed[];
  readonly failure?: { readonly kind: 'syntax' | 'missing'; readonly message: string };
}

export interface Keyed {
  readonly key: string;
  readonly result: Compiled;
}

let cache: CompileCache | undefined;

/** Results this thread was given beyond those it asked for. */
const ahead = new Map<string, Compiled>();

/** Compiles `file`, or takes the result from the cache. */
export function compile(file: string, arrival: Arrival): Compiled {
  // See `compileHere`: in a worker thread the compiler would endanger the process.
  return (isMainThread ? compileOrRecall : compileElsewhere)(file, arrival).result;
}

/** As `compile`, always in this thread; tells the key too. */
export function compileOrRecall(file: string, arrival: Arrival): Keyed {
  const { key, source, wanted, known } = lookUp(file, arrival);
  if (known !== undefined) return { key, result: known };
  const result = compileHere(file, source, wanted);
  cache?.set(key, result);
  return { key, result };
}

function lookUp(file: string, arrival: Arrival) {
  const source = readFileSync(file, 'utf8');
  const wanted = wantedFormat(file, arrival);
  cache ??= new CompileCache();
  const key = cache.key(file, source, wanted);
  return { key, source, wanted, known: cache.get(key) };
}

function wantedFormat(file: string, arrival: Arrival): WantedFormat {
  if (arrival === 'require') return 'commonjs';
  const extension = file.slice(file.lastIndexOf('.'));
  if (extension === '.mts') return 'module';
  if (extension === '.cts') return 'commonjs';
  // CommonJS is what other loaders take a file for whose package does not say; it must be able to require ES modules.
  const fallback = arrival === 'root' && canRequireModules ? 'prefer-commonjs' : 'prefer-module';
  const declared = packageType(file);
  // "npm init" writes "type": "commonjs" for everybody. A top-level `await` can only be meant for a module all the same.
  return declared === 'commonjs' ? 'prefer-commonjs' : (declared ?? fallback);
}

const canRequireModules = (process.features as { require_module?: boolean }).require_module === true;

function compileElsewhere(file: string, arrival: Arrival): Keyed {
  const { key, known = ahead.get(key) } = lookUp(file, arrival);
  ahead.delete(key);
  if (known !== undefined) return { key, result: known };
  // Costs a few milliseconds that a worker with all it needs in the cache need not pay.
  const { spawnSync } = createRequire(import.meta.url)('node:child_process') as typeof import('node:child_process');
  const { NODE_OPTIONS, ...env } = process.env;
  const script = fileURLToPath(new URL('./compile-process.js', import.meta.url));
  const child = spawnSync(process.execPath, [script, file, arrival], {
    env: { ...env, ELECTRON_RUN_AS_NODE: '1' },
    encoding: 'utf8',
    maxBuffer: Number.POSITIVE_INFINITY,
    windowsHide: true,
  });
  if (child.error !== undefined || child.status !== 0) {
    throw new Error(`The process that compiles TypeScript for workers failed: ${child.error?.message ?? child.stderr}`);
  }
  const { compiled, failure } = JSON.parse(child.stdout) as CompileReply;
  for (const { key, result } of compiled) ahead.set(key, result);
  if (failure?.kind === 'missing') throw new CompilerMissingError(new Error(failure.message));
  if (failure !== undefined) throw new SyntaxError(failure.message);
  const result = ahead.get(key);
  if (result === undefined) throw new Error(`${file} changed while it was being compiled`);
  return { key, result };
}
