import { createRequire } from 'node:module';
import { ModuleLoadError } from '@aktis/core';
import type * as Esbuild from 'esbuild';

let starting: Promise<{ readonly esbuild: typeof Esbuild }> | undefined;
/** The program uses esbuild as well, and shares its process with us. Known before we load it ourselves. */
let isShared: boolean | undefined;

/**
 * Loads esbuild and starts its process, which takes longer than bundling a small program. Call it as soon as it is known
 * that a program will be bundled; a session on one machine never does.
 */
export function startEsbuild(): Promise<{ readonly esbuild: typeof Esbuild }> {
  starting ??= start();
  return starting;
}

async function start() {
  isShared ??= isLoaded();
  try {
    const { default: esbuild } = (await import('esbuild')) as unknown as { default: typeof Esbuild };
    // It can be called once only, and what is shared starts by itself.
    if (!isShared) await esbuild.initialize({});
    return { esbuild };
  } catch (cause) {
    starting = undefined;
    throw new ModuleLoadError(
      `Programs are bundled for the cluster by esbuild, which could not be loaded (${(cause as Error).message}): run ` +
        '"npm install esbuild" on this platform; an installation with --omit=optional or copied from another system lacks its program.',
      { cause },
    );
  }
}

/** Ends the process, unless it is the program's as well. */
export async function stopEsbuild(): Promise<void> {
  const started = await starting;
  starting = undefined;
  if (isShared === false) await started?.esbuild.stop();
}

function isLoaded(): boolean {
  const require = createRequire(import.meta.url);
  try {
    return require.cache[require.resolve('esbuild')] !== undefined;
  } catch {
    return false;
  }
}
