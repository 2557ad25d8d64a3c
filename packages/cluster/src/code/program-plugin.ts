import { readFileSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { dirname } from 'node:path';
import { compile, isTypeScript, packageType, resolveSource, stubSource, stubUrl } from '@aktis/core/loading';
import type { Loader, OnLoadArgs, OnLoadResult, OnResolveArgs, OnResolveResult, Plugin } from 'esbuild';
import { installedFilter, isRequired, placeholderFilter, placeholderOf } from './installed-packages.ts';
import { moduleText, withoutSourceMap } from './module-text.ts';
import { isNative, packageFolder, packageName } from './native-packages.ts';

const inPackages = /[\\/]node_modules[\\/]/;
const sources = /\.[cm]?[jt]sx?$/;

/** Finds and reads the modules of one program for esbuild, in as many builds as it takes. */
export class ProgramModules {
  /** Packages that the program needs and that do not travel. */
  readonly stayBehind = new Set<string>();
  readonly #root: string;
  readonly #external: ReadonlySet<string>;
  readonly #typescript: boolean;
  readonly #loaded = new Map<string, OnLoadResult>();

  /** Of the module that the build begins with, which imports the program's. */
  entry = '';

  /** `external`: names of packages that stay behind, besides native ones. `typescript`: whether the program is written in it. */
  constructor(root: string, external: readonly string[], typescript: boolean) {
    this.#root = root;
    this.#external = new Set(external);
    this.#typescript = typescript;
  }

  readonly plugin: Plugin = {
    name: 'aktis',
    setup: build => {
      build.onResolve({ filter: placeholderFilter }, ({ path }) => ({ path, external: true }));
      build.onResolve({ filter: /^aktis-(?:program|host)$/ }, ({ path }) => ({ path, namespace: 'aktis' }));
      build.onResolve({ filter: installedFilter }, ({ path, kind }) =>
        kind === 'require-call' || kind === 'require-resolve' || isRequired(path)
          ? { path, namespace: 'aktis-installed' }
          : { path: placeholderOf(path), external: true },
      );
      build.onResolve({ filter: /./ }, args => this.#resolve(args));
      build.onLoad({ filter: sources, namespace: 'file' }, args => this.#load(args));
      build.onLoad({ filter: /\.node$/, namespace: 'file' }, ({ path }) => stayingBehind(path));
      build.onLoad({ filter: /./, namespace: 'aktis-native' }, ({ path }) => stayingBehind(path));
      build.onLoad({ filter: /./, namespace: 'aktis-installed' }, ({ path }) => ({ contents: installedModule(path) }));
      build.onLoad({ filter: /./, namespace: 'aktis-stub' }, ({ path }) => ({ contents: stubSource(path) ?? '' }));
      build.onLoad({ filter: /^aktis-host$/, namespace: 'aktis' }, () => ({ contents: 'export const host = {};' }));
      build.onLoad({ filter: /^aktis-program$/, namespace: 'aktis' }, () => ({
        contents: this.entry,
        resolveDir: this.#root,
      }));
    },
  };

  #resolve({ path, importer, namespace, resolveDir, kind }: OnResolveArgs): OnResolveResult | undefined {
    // The modules that the program begins with are files, and exactly those.
    if (namespace !== 'file') return undefined;
    const stub = stubUrl(path);
    if (stub !== undefined) return { path: stub, namespace: 'aktis-stub' };
    const file = this.#typescript ? resolveSource(path, importer) : undefined;
    if (file !== undefined) return { path: file };
    if (/^(?:[./#]|[a-zA-Z]:[\\/]|file:|data:|node:)/.test(path) || isBuiltin(path)) return undefined;
    const name = packageName(path);
    const folder = packageFolder(name, resolveDir);
    if (this.#external.has(name) || (folder !== undefined && isNative(folder))) {
      this.stayBehind.add(name);
      return { path, namespace: 'aktis-native' };
    }
    // Packages name others that they can work with, and ask for those that are used.
    const optional = folder === undefined && kind !== 'import-statement' && inPackages.test(importer);
    return optional ? { path, external: true } : undefined;
  }

  #load({ path }: OnLoadArgs): OnLoadResult {
    let loaded = this.#loaded.get(path);
    if (loaded === undefined) {
      loaded = { contents: moduleText(path, codeOf(path)), loader: loaderOf(path), resolveDir: dirname(path) };
      this.#loaded.set(path, loaded);
    }
    return loaded;
  }
}

function codeOf(file: string): string {
  return isTypeScript(file) ? compile(file, 'root').code : withoutSourceMap(readFileSync(file, 'utf8'));
}

function loaderOf(file: string): Loader {
  return file.endsWith('.jsx') ? 'jsx' : 'js';
}

/** Whether Node evaluates `file` as an ES module, for which the `default` of CommonJS is all that it exports. */
export function isNodeModule(file: string): boolean {
  if (/\.m[jt]s$/.test(file)) return true;
  if (/\.c[jt]s$/.test(file) || !sources.test(file)) return false;
  const type = packageType(file);
  // esbuild decides by the same rules for packages, and has seen to it already.
  return type === undefined ? !inPackages.test(file) : type === 'module';
}

function stayingBehind(specifier: string): OnLoadResult {
  return {
    contents: `const { host } = require("aktis-host"); module.exports = host.requireInstalled(${JSON.stringify(specifier)});`,
  };
}

/** For `require`, which esbuild must be able to give an object that is there at once. */
function installedModule(specifier: string): string {
  const placeholder = JSON.stringify(placeholderOf(specifier));
  return isRequired(specifier)
    ? `module.exports = require(${placeholder});`
    : `import * as all from ${placeholder}; export * from ${placeholder}; export default all.default;`;
}
