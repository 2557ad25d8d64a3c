import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, isAbsolute, join, resolve } from 'node:path';

/** How the files of one folder are compiled, as its `tsconfig.json` says. */
export interface CompilerSettings {
  /** The `tsconfig.json` that decides; `undefined` without one. */
  readonly file?: string;
  /** `experimentalDecorators`; otherwise the decorators of TC39. */
  readonly legacyDecorators: boolean;
  /** `design:paramtypes` and the like, which dependency injection by type needs. */
  readonly decoratorMetadata: boolean;
  readonly useDefineForClassFields: boolean;
  readonly verbatimModuleSyntax: boolean;
  readonly jsx: JsxSettings;
  readonly paths: readonly PathRule[];
  /** Where bare specifiers are looked for before packages. */
  readonly baseUrl?: string;
}

export interface JsxSettings {
  readonly runtime: 'automatic' | 'classic';
  readonly development: boolean;
  readonly importSource?: string;
  readonly pragma?: string;
  readonly pragmaFrag?: string;
}

/** One entry of `paths`: `prefix*suffix`, or an exact name when there is no star. */
export interface PathRule {
  readonly prefix: string;
  /** What follows the star; `undefined` without one. */
  readonly suffix: string | undefined;
  readonly targets: readonly string[];
}

/** Where nothing says otherwise: what most of those who use decorators with dependency injection want. */
const defaults: CompilerSettings = {
  legacyDecorators: true,
  decoratorMetadata: true,
  useDefineForClassFields: true,
  verbatimModuleSyntax: false,
  jsx: { runtime: 'automatic', development: false },
  paths: [],
};

const byFolder = new Map<string, CompilerSettings>();

/** The settings for files in `folder`: of the nearest `tsconfig.json`, or the defaults without one. */
export function compilerSettings(folder: string): CompilerSettings {
  const known = byFolder.get(folder);
  if (known !== undefined) return known;
  const file = join(folder, 'tsconfig.json');
  const config = readConfig(file);
  const parent = dirname(folder);
  const settings =
    config !== undefined ? settingsOf(file, config) : parent === folder ? defaults : compilerSettings(parent);
  byFolder.set(folder, settings);
  return settings;
}

interface Config {
  readonly extends?: string | readonly string[];
  readonly files?: readonly string[];
  readonly references?: readonly unknown[];
  readonly compilerOptions?: Options;
}

interface Options {
  readonly experimentalDecorators?: boolean;
  readonly emitDecoratorMetadata?: boolean;
  readonly useDefineForClassFields?: boolean;
  readonly verbatimModuleSyntax?: boolean;
  readonly target?: string;
  readonly jsx?: string;
  readonly jsxImportSource?: string;
  readonly jsxFactory?: string;
  readonly jsxFragmentFactory?: string;
  readonly baseUrl?: string;
  readonly paths?: Readonly<Record<string, readonly string[]>>;
  /** Not TypeScript's: what `paths` without `baseUrl` are relative to, the folder of the file that has them. */
  readonly pathsFrom?: string;
}

function settingsOf(file: string, config: Config): CompilerSettings {
  // Only groups other projects and compiles no file itself.
  if (config.references !== undefined && config.files?.length === 0 && config.compilerOptions === undefined) {
    return { ...defaults, file };
  }
  const options = optionsOf(file, config, dirname(file), new Set());
  const oldTarget = /^es(?:3|5|6|20(?:1\d|2[01]))$/i.test(options.target ?? '');
  return {
    file,
    legacyDecorators: options.experimentalDecorators === true,
    decoratorMetadata: options.emitDecoratorMetadata === true,
    useDefineForClassFields: options.useDefineForClassFields ?? !oldTarget,
    verbatimModuleSyntax: options.verbatimModuleSyntax === true,
    jsx: {
      runtime: options.jsx === 'react' ? 'classic' : 'automatic',
      development: options.jsx === 'react-jsxdev',
      importSource: options.jsxImportSource,
      pragma: options.jsxFactory,
      pragmaFrag: options.jsxFragmentFactory,
    },
    paths: pathRules(options),
    baseUrl: options.baseUrl,
  };
}

/** Stands for the folder of the file that extends, in the file that is extended. */
const configDirVariable = /\$\{configDir\}/g;

/** The options of `config` over those it extends, with paths made absolute. */
function optionsOf(file: string, config: Config, configDir: string, seen: Set<string>): Options {
  seen.add(file);
  let options: Options = {};
  for (const name of typeof config.extends === 'string' ? [config.extends] : (config.extends ?? [])) {
    const base = extended(name, file);
    const baseConfig = base === undefined || seen.has(base) ? undefined : readConfig(base);
    if (base !== undefined && baseConfig !== undefined) {
      options = { ...options, ...optionsOf(base, baseConfig, configDir, seen) };
    }
  }
  const own = config.compilerOptions ?? {};
  const absolute = (path: string) => resolve(dirname(file), path.replace(configDirVariable, configDir));
  return {
    ...options,
    ...own,
    ...(own.baseUrl !== undefined && { baseUrl: absolute(own.baseUrl) }),
    ...(own.paths !== undefined && { pathsFrom: dirname(file), paths: withConfigDir(own.paths, configDir) }),
  };
}

function withConfigDir(paths: NonNullable<Options['paths']>, configDir: string): NonNullable<Options['paths']> {
  return Object.fromEntries(
    Object.entries(paths).map(([pattern, targets]) => [
      pattern,
      targets.map(target => target.replace(configDirVariable, configDir)),
    ]),
  );
}

function pathRules({ paths = {}, pathsFrom = '.', baseUrl = pathsFrom }: Options): PathRule[] {
  const rules = Object.entries(paths).map(([pattern, targets]) => {
    const star = pattern.indexOf('*');
    return {
      prefix: star < 0 ? pattern : pattern.slice(0, star),
      suffix: star < 0 ? undefined : pattern.slice(star + 1),
      targets: targets.map(target => (isAbsolute(target) ? target : resolve(baseUrl, target))),
    };
  });
  // Exact names first, then the longest prefix: the order in which TypeScript chooses.
  return rules.sort(
    (a, b) => Number(b.suffix === undefined) - Number(a.suffix === undefined) || b.prefix.length - a.prefix.length,
  );
}

/** The file that `"extends": name` means. */
function extended(name: string, from: string): string | undefined {
  const isPath = name.startsWith('.') || isAbsolute(name);
  const candidates = isPath ? [resolve(dirname(from), name)] : [name];
  const { resolve: find } = createRequire(from);
  for (const base of candidates.flatMap(base => [base, `${base}.json`, `${base}/tsconfig.json`])) {
    try {
      const file = find(base);
      if (file.endsWith('.json')) return file;
    } catch {
      // The next form of the name.
    }
  }
  return undefined;
}

function readConfig(file: string): Config | undefined {
  try {
    return parseJsonWithComments(readFileSync(file, 'utf8')) as Config;
  } catch (error) {
    if (error instanceof SyntaxError) throw new SyntaxError(`${file}: ${error.message}`, { cause: error });
    return undefined;
  }
}

/** JSON with comments and trailing commas, as TypeScript allows them. */
function parseJsonWithComments(text: string): unknown {
  const withoutComments = text.replace(/"(?:\\.|[^"\\])*"|\/\/[^\n]*|\/\*[\s\S]*?\*\//g, token =>
    token.startsWith('"') ? token : '',
  );
  const withoutTrailingCommas = withoutComments.replace(/"(?:\\.|[^"\\])*"|,(?=\s*[}\]])/g, token =>
    token === ',' ? '' : token,
  );
  return JSON.parse(withoutTrailingCommas.replace(/^\uFEFF/, ''));
}
