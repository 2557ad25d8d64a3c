import { ModuleLoadError } from '../errors.ts';
import { executions } from '../worker/execution.ts';

/** The modules being loaded, and the `process.exit` that was there before the first of them. */
const guarded = new Set<string>();
let exit: typeof process.exit | undefined;

/**
 * Makes `process.exit` throw while the module at `url` is loaded: in a worker it would end the thread, and whoever
 * waits for the module would learn nothing. Returns what ends the guard.
 */
export function guardExit(url: string): () => void {
  guarded.add(url);
  exit ??= replaceExit();
  return () => {
    guarded.delete(url);
    if (guarded.size > 0 || exit === undefined) return;
    process.exit = exit;
    exit = undefined;
  };
}

/** A task that runs meanwhile, and Node itself after an exception nobody caught, end the thread for good. */
function isCalledByModule(): boolean {
  return executions.getStore() === undefined && !/node:internal\/(main|process)/.test(new Error().stack ?? '');
}

function replaceExit(): typeof process.exit {
  const original = process.exit;
  process.exit = code => {
    if (!isCalledByModule()) return original(code);
    throw new ModuleLoadError(
      `process.exit(${code ?? ''}) was called while a worker was loading ${[...guarded].join(', ')}. Workers load the modules of ` +
        'remote functions and classes from the top to init(): call it after init(), or move the definitions to a module of their own.',
    );
  };
  return original;
}
