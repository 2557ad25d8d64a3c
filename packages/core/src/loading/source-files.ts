import { readFileSync, statSync } from 'node:fs';
import { dirname, extname, join } from 'node:path';

/** In the order in which a name without extension is completed. */
const extensions = ['.ts', '.tsx', '.mts', '.cts', '.js', '.jsx', '.mjs', '.cjs', '.json'] as const;

/** What an import of compiled JavaScript means before it is compiled. */
const sourcesOf: Readonly<Record<string, readonly string[]>> = {
  '.js': ['.ts', '.tsx'],
  '.jsx': ['.tsx'],
  '.mjs': ['.mts'],
  '.cjs': ['.cts'],
};

/** The file that TypeScript would take for the path `base`: itself, its source, with an extension, or a folder's index. */
export function candidateFile(base: string): string | undefined {
  const extension = extname(base);
  const stem = base.slice(0, base.length - extension.length);
  for (const source of sourcesOf[extension] ?? []) if (isFile(stem + source)) return stem + source;
  const found = statSync(base, { throwIfNoEntry: false });
  if (found?.isFile()) return base;
  for (const completion of extensions) if (isFile(base + completion)) return base + completion;
  if (!found?.isDirectory()) return undefined;
  const { main } = packageAt(base) ?? {};
  const mainFile = typeof main === 'string' && main !== '' ? candidateFile(join(base, main)) : undefined;
  return mainFile ?? extensions.map(extension => join(base, `index${extension}`)).find(isFile);
}

/** `"type"` of the package a file lies in. */
export function packageType(file: string): 'module' | 'commonjs' | undefined {
  for (let folder = dirname(file); ; folder = dirname(folder)) {
    const found = packageAt(folder);
    if (found !== undefined) return found.type === 'module' || found.type === 'commonjs' ? found.type : undefined;
    if (folder === dirname(folder)) return undefined;
  }
}

interface PackageJson {
  readonly type?: unknown;
  readonly main?: unknown;
}

const packages = new Map<string, PackageJson | undefined>();

function packageAt(folder: string): PackageJson | undefined {
  if (packages.has(folder)) return packages.get(folder);
  let found: PackageJson | undefined;
  try {
    found = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  } catch {
    found = undefined;
  }
  packages.set(folder, found);
  return found;
}

function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() === true;
}
