import { readdirSync, readFileSync, realpathSync } from 'node:fs';
import { dirname, join } from 'node:path';

import type { Check } from './check.ts';

/** What the project in `folder` brings. */
export async function projectChecks(folder: string): Promise<Check[]> {
  return [await decorators(folder), copies(folder)];
}

async function decorators(folder: string): Promise<Check> {
  const check = { name: 'Decorators', required: false };
  const { compilerSettings } = await import('@aktis/core/loading');
  try {
    const { file, legacyDecorators, decoratorMetadata } = compilerSettings(folder);
    const from = file === undefined ? 'without a tsconfig.json' : `by ${file}`;
    const detail = !legacyDecorators
      ? `standard (TC39), ${from}: constructor parameters cannot be decorated, use service(Token) for dependencies`
      : decoratorMetadata
        ? `experimentalDecorators with metadata, ${from}: dependencies are injected by type or by @inject(Token)`
        : `experimentalDecorators without metadata, ${from}: dependencies need @inject(Token)`;
    return { ...check, status: 'ok', detail };
  } catch (error) {
    return { ...check, status: 'warning', detail: (error as Error).message, fix: 'mend that file' };
  }
}

/** Several copies work, but a project that has them usually mixes versions without meaning to. */
function copies(folder: string): Check {
  const found = new Map<string, Map<string, string>>();
  const seen = new Set<string>();
  for (let at = folder; ; at = dirname(at)) {
    collect(join(at, 'node_modules'), found, seen);
    if (at === dirname(at)) break;
  }
  const doubled = [...found].filter(([, copies]) => copies.size > 1);
  const check = { name: 'Copies of Aktis', required: false };
  if (doubled.length === 0) {
    const version = found.get('aktis')?.values().next().value ?? found.get('@aktis/core')?.values().next().value;
    return { ...check, status: 'ok', detail: version === undefined ? 'none installed here' : `one, ${version}` };
  }
  const detail = doubled.map(
    ([name, copies]) => `${name}: ${[...copies].map(([path, version]) => `${version} in ${path}`).join(', ')}`,
  );
  return {
    ...check,
    status: 'warning',
    detail: detail.join('; '),
    fix: 'ask for one version everywhere, then run "npm dedupe"',
  };
}

/** Adds what lies in `modules` and in the folders of the same name below it: package name, real path, version. */
function collect(modules: string, found: Map<string, Map<string, string>>, seen: Set<string>): void {
  // Packages of a workspace are links, and may link to each other.
  const real = realOf(modules);
  if (real === undefined || seen.has(real)) return;
  seen.add(real);
  for (const name of foldersIn(modules)) {
    const packages = name.startsWith('@') ? foldersIn(join(modules, name)).map(inner => `${name}/${inner}`) : [name];
    for (const name of packages) {
      const folder = join(modules, name);
      if (name === 'aktis' || name.startsWith('@aktis/')) {
        const version = versionOf(folder);
        if (version !== undefined) found.set(name, (found.get(name) ?? new Map()).set(realpathSync(folder), version));
      }
      collect(join(folder, 'node_modules'), found, seen);
    }
  }
}

function foldersIn(folder: string): string[] {
  try {
    return readdirSync(folder, { withFileTypes: true })
      .filter(entry => (entry.isDirectory() || entry.isSymbolicLink()) && entry.name !== '.bin')
      .map(({ name }) => name);
  } catch {
    return [];
  }
}

function realOf(path: string): string | undefined {
  try {
    return realpathSync(path);
  } catch {
    return undefined;
  }
}

function versionOf(folder: string): string | undefined {
  try {
    return (JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as { version?: string }).version;
  } catch {
    return undefined;
  }
}
