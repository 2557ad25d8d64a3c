import { createRequire } from 'node:module';
import { join } from 'node:path';
import { ModuleLoadError } from '../errors.ts';

/**
 * What `specifier` names among the packages installed where this node was started. A bundle asks for packages that do
 * not travel with it, because they have a native part.
 *
 * @throws ModuleLoadError when the package is not there, or not for this platform.
 */
export function requireInstalled(specifier: string): unknown {
  const folder = process.cwd();
  const name = /^(?:@[^/]+\/)?[^/]+/.exec(specifier)?.[0] ?? specifier;
  try {
    return createRequire(join(folder, 'package.json'))(specifier);
  } catch (cause) {
    const { code, message } = cause as { code?: unknown; message?: string };
    const what =
      code === 'MODULE_NOT_FOUND' ? 'is not installed' : `cannot be loaded (${String(message).split('\n', 1)[0]})`;
    throw new ModuleLoadError(
      `The package '${name}' ${what} on this node, in ${folder}. It has a native part, which does not travel with the program: ` +
        `run "npm install ${name}" there, on every node.`,
      { cause },
    );
  }
}
