import { createHash } from 'node:crypto';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { ModuleLoadError } from '@aktis/core';
import { isRequired } from './installed-packages.ts';

/**
 * Where this node has `specifier`: a URL for `import`, a path for `require`. As seen from Aktis' own packages, so that a
 * program shares its copies with Aktis; what they do not see (`aktis` stands above them) as seen from the running command.
 *
 * @throws ModuleLoadError when it is not installed.
 */
export function locateInstalled(specifier: string): string {
  const path = isRequired(specifier);
  // Node's own rules for `import`; test runners may not have them.
  if (!path && typeof import.meta.resolve === 'function') {
    try {
      return import.meta.resolve(specifier);
    } catch {
      // Seen from elsewhere, perhaps.
    }
  }
  for (const from of bases()) {
    try {
      const found = createRequire(from).resolve(specifier);
      return path ? found : pathToFileURL(found).href;
    } catch {
      // From the next.
    }
  }
  throw new ModuleLoadError(
    `The program uses '${specifier}', which this node does not have: all machines of a cluster need the same version of Aktis.`,
  );
}

function* bases(): Generator<string> {
  const { resolve } = createRequire(import.meta.url);
  for (const sister of ['@aktis/actors', '@aktis/transport']) {
    try {
      yield resolve(sister);
    } catch {
      // Not even there.
    }
  }
  yield import.meta.url;
  if (process.argv[1] !== undefined) yield process.argv[1];
  yield join(process.cwd(), 'package.json');
}

let id: string | undefined;

/** Changes when what `locateInstalled` returns does: another installation, or another version in its place. */
export function installationId(): string {
  if (id === undefined) {
    const { version } = createRequire(import.meta.url)('../../package.json') as { version: string };
    const what = [version, locateInstalled('@aktis/core'), locateInstalled('@aktis/actors')];
    id = createHash('sha256').update(what.join('\0')).digest('hex').slice(0, 16);
  }
  return id;
}
