import { existsSync, mkdirSync, statSync } from 'node:fs';
import { dirname } from 'node:path';

/**
 * Makes the directory and those above it, unless they are there. `mkdirSync` with `recursive` does the same, but never returns
 * where the system denies that there could be one, as below `/proc`.
 */
export function makeDirectory(path: string, mode = 0o777): void {
  const above = dirname(path);
  try {
    mkdirSync(path, { mode });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (statSync(path, { throwIfNoEntry: false })?.isDirectory() === true) return;
    if (code !== 'ENOENT' || existsSync(above)) throw error;
    makeDirectory(above, mode);
    // Somebody else may make it at the same moment.
    makeDirectory(path, mode);
  }
}
