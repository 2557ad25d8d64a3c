import { realpathSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { candidateFile } from './source-files.ts';
import { compilerSettings } from './tsconfig.ts';

const installed = /[\\/]node_modules[\\/]/;

/**
 * The file `specifier` means in the file `parent` by TypeScript's rules: `./x.js` for `x.ts`, no extension, folders,
 * `paths` of the `tsconfig.json`. `undefined` where Node's own rules hold: packages, builtins, all within packages.
 */
export function resolveSource(specifier: string, parent: string): string | undefined {
  if (installed.test(parent)) return undefined;
  const file = isPath(specifier) ? candidateFile(pathOf(specifier, parent)) : aliased(specifier, parent);
  return file === undefined ? undefined : realpathSync(file);
}

/** The same between URLs. A query stays. */
export function resolveSourceUrl(specifier: string, parentUrl: string | undefined): string | undefined {
  if (!parentUrl?.startsWith('file:')) return undefined;
  // Only what is a URL has a query: the `#` of `#lib/x` belongs to its name.
  const [, bare = '', query = ''] = (isPath(specifier) && /^([^?#]*)(.*)$/s.exec(specifier)) || [null, specifier];
  const file = resolveSource(bare, fileURLToPath(parentUrl));
  return file === undefined ? undefined : pathToFileURL(file).href + query;
}

/** What a failed resolution was after, completed by TypeScript's rules: `node_modules/lib/sub` without its `.js`. */
export function resolveMissing(error: unknown): string | undefined {
  const { url } = error as { url?: string };
  if (typeof url !== 'string' || !url.startsWith('file:')) return undefined;
  const file = candidateFile(fileURLToPath(url).replace(/[\\/]$/, ''));
  return file === undefined ? undefined : pathToFileURL(realpathSync(file)).href;
}

function isPath(specifier: string): boolean {
  return /^(?:\.{1,2}(?:\/|$)|\/|file:|[a-zA-Z]:[\\/])/.test(specifier);
}

function pathOf(specifier: string, parent: string): string {
  return specifier.startsWith('file:') ? fileURLToPath(specifier) : resolve(dirname(parent), decoded(specifier));
}

/** Specifiers are URLs to ES modules: `./a%20b.ts`. */
function decoded(specifier: string): string {
  try {
    return decodeURIComponent(specifier);
  } catch {
    return specifier;
  }
}

function aliased(specifier: string, parent: string): string | undefined {
  const { paths, baseUrl } = compilerSettings(dirname(parent));
  if (specifier.startsWith('node:')) return undefined;
  for (const { prefix, suffix, targets } of paths) {
    const matched =
      suffix === undefined
        ? specifier === prefix
        : specifier.length >= prefix.length + suffix.length &&
          specifier.startsWith(prefix) &&
          specifier.endsWith(suffix);
    if (!matched) continue;
    const star = suffix === undefined ? '' : specifier.slice(prefix.length, specifier.length - suffix.length);
    for (const target of targets) {
      const file = candidateFile(target.replace('*', () => star));
      if (file !== undefined) return file;
    }
  }
  return baseUrl === undefined ? undefined : candidateFile(join(baseUrl, specifier));
}
