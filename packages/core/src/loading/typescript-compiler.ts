import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import { Script } from 'node:vm';
import { type CompilerSettings, compilerSettings } from './tsconfig.ts';

/**
 * What a file shall become. `prefer-*` is for a file whose package says nothing: the named format if its code allows.
 */
export type WantedFormat = 'module' | 'commonjs' | 'prefer-module' | 'prefer-commonjs';

/** JavaScript with its source map inside. */
export interface Compiled {
  readonly format: 'module' | 'commonjs';
  readonly code: string;
}

/** The compiler is not there, or not for this platform. Not an `AktisError`: hooks threads stay free of the rest. */
export class CompilerMissingError extends Error {
  readonly code = 'ERR_AKTIS_COMPILER_MISSING';

  constructor(cause: unknown) {
    super(
      'TypeScript needs @swc/core, which could not be loaded: run "npm install @swc/core" on this platform ' +
        '(an installation with --omit=optional or copied from another system lacks its native part).',
      { cause },
    );
    this.name = 'CompilerMissingError';
  }
}

type Swc = typeof import('@swc/core');
const require = createRequire(import.meta.url);

/** Part of the key of cached results: another version may compile otherwise. */
export function compilerVersion(): string {
  try {
    return (require('@swc/core/package.json') as { version: string }).version;
  } catch (error) {
    throw new CompilerMissingError(error);
  }
}

/**
 * Compiles one file in this thread.
 *
 * Only for main threads: a thread that was the first to load swc's native part must not end before the process does,
 * or the next thread to load it crashes the process (seen with Node 20, 22 and 24).
 */
export function compileHere(file: string, source: string, wanted: WantedFormat): Compiled {
  const settings = compilerSettings(dirname(file));
  const as = (format: Compiled['format']) => ({ format, code: transform(file, source, format, settings) });
  switch (wanted) {
    case 'module':
    case 'commonjs':
      return as(wanted);
    case 'prefer-commonjs': {
      const compiled = as('commonjs');
      return isScript(compiled.code) ? compiled : as('module');
    }
    case 'prefer-module': {
      const compiled = as('module');
      return usesCommonJs(compiled.code) || !hasModuleSyntax(compiled.code)
        ? compileHere(file, source, 'prefer-commonjs')
        : compiled;
    }
  }
}

function transform(file: string, source: string, format: Compiled['format'], settings: CompilerSettings): string {
  const swc = load();
  const { legacyDecorators, decoratorMetadata, useDefineForClassFields, verbatimModuleSyntax, jsx } = settings;
  const run = (legacy: boolean): string => {
    try {
      return swc.transformSync(source, {
        filename: file,
        configFile: false,
        swcrc: false,
        sourceMaps: 'inline',
        isModule: format === 'module' ? true : 'unknown',
        // `import.meta` stays: it shows that a file cannot be CommonJS. So do dynamic imports: they reach ES modules.
        module: { type: format === 'module' ? 'es6' : 'commonjs', ignoreDynamic: true, preserveImportMeta: true },
        jsc: {
          target: 'es2022',
          keepClassNames: true,
          parser: { syntax: 'typescript', decorators: true, tsx: /x$/.test(file) },
          transform: {
            ...(legacy ? { legacyDecorator: true, decoratorMetadata } : { decoratorVersion: '2022-03' }),
            useDefineForClassFields,
            verbatimModuleSyntax,
            react: { ...jsx },
          },
          experimental: { keepImportAttributes: true },
        },
      }).code;
    } catch (error) {
      throw syntaxError(file, error);
    }
  };
  const code = run(legacyDecorators);
  // TC39's decorators know no parameters, and swc leaves those of parameters in the code: then the author means the others.
  return !legacyDecorators && /^\s*@[\w$]/m.test(code) && !parses(swc, code) ? run(true) : code;
}

function load(): Swc {
  try {
    return require('@swc/core') as Swc;
  } catch (error) {
    throw new CompilerMissingError(error);
  }
}

function parses(swc: Swc, code: string): boolean {
  try {
    swc.parseSync(code, { syntax: 'ecmascript', decorators: false, target: 'es2022' });
    return true;
  } catch {
    return false;
  }
}

/** Whether `code` can be CommonJS, where neither `import.meta` nor a top-level `await` is allowed. */
function isScript(code: string): boolean {
  if (!isValid(`(function(exports, require, module, __filename, __dirname) {${code}\n})`)) return false;
  // There `await (0, x.init)()` calls a function named await. In a static block, and not within its functions, it is an error.
  return !/\bawait\b/.test(code) || isValid(`(class { static {${code}\n} })`);
}

function isValid(script: string): boolean {
  try {
    new Script(script);
    return true;
  } catch {
    return false;
  }
}

function usesCommonJs(code: string): boolean {
  return (
    !/\bimport\.meta\b/.test(code) &&
    /(?<![.\w$])(?:require\s*\(|module\.exports\b|exports\.|__dirname\b|__filename\b)/.test(code)
  );
}

function hasModuleSyntax(code: string): boolean {
  return /^\s*(?:import\b(?!\s*\()|export\b)|\bimport\.meta\b/m.test(code);
}

/** swc's message is the code frame, then a native stack that helps nobody. */
function syntaxError(file: string, error: unknown): SyntaxError {
  const [frame = ''] = String((error as Error).message).split('\n\nCaused by:');
  return new SyntaxError(`${file} cannot be compiled:\n${frame.trimEnd()}`);
}
