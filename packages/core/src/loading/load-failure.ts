import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { nameOfKey } from '../definition.ts';
import { ModuleLoadError } from '../errors.ts';
import type { ModuleImport } from './module-import.ts';

/** Why `key` is not defined after its module, and the driver's entry before it, were loaded. */
export function describeMissing(
  key: string,
  module: ModuleImport,
  entry: ModuleImport | undefined,
  bundled: boolean,
): ModuleLoadError {
  const name = nameOfKey(key);
  const where = readable(module.url);
  const cause = entry?.state === 'failed' ? { cause: entry.error } : undefined;
  switch (module.state) {
    case 'stopped':
      return new ModuleLoadError(
        `'${name}' is not defined where ${where} calls init(), and that is how far workers load a module: ` +
          'move its definition above init(), or to a module of its own. Inside a function it cannot be found, and what it ' +
          'takes from there is to be an argument.',
        cause,
      );
    case 'done':
      return new ModuleLoadError(
        `'${name}' is not registered by importing ${where}: define it at the top level of the file, not inside a function and ` +
          'not under a condition that does not hold in workers.',
        cause,
      );
    default:
      return describeFailure(module, `the module of '${name}'`, bundled);
  }
}

/** `what` was asked of a bundle without its module. `entry`: what became of the program's script. */
export function notInBundle(what: string, entry?: ModuleImport): ModuleLoadError {
  return new ModuleLoadError(
    `${what} is not part of the job's bundle: it was defined after init(), or its module is not imported by the program. ` +
      'Programs are sent to the cluster as they are when init() is called: import its module, or define it, before that.',
    entry?.state === 'failed' ? { cause: entry.error } : undefined,
  );
}

/** Why `module`, which is `role`, could not be loaded. `bundled`: it came in a bundle, not as a file. */
export function describeFailure(module: ModuleImport, role: string, bundled: boolean): ModuleLoadError {
  const where = readable(module.url);
  const { error: cause } = module;
  if (module.state !== 'failed') {
    return new ModuleLoadError(
      `${where}, ${role}, is still being loaded by its worker: something it awaits at the top level does not come. Do such work in ` +
        'the function or the constructor that needs it.',
    );
  }
  if (cause instanceof ModuleLoadError) return cause;
  const code = (cause as { code?: unknown } | null)?.code;
  const reason =
    cause instanceof Error || typeof (cause as Error | null)?.message === 'string'
      ? (cause as Error).message
      : String(cause);
  if (code === 'ERR_AKTIS_COMPILER_MISSING') {
    return new ModuleLoadError(`A worker cannot load ${where}, ${role}. ${reason}`, { cause });
  }
  if (bundled) {
    const files = code === 'ENOENT' ? ' Code travels to other machines, the files it reads do not.' : '';
    return new ModuleLoadError(`Running ${where}, ${role}, failed in a worker: ${reason}.${files}`, { cause });
  }
  if (module.url.startsWith('file:') && !existsSync(fileURLToPath(module.url))) {
    return new ModuleLoadError(
      `A worker cannot find ${where}, ${role}: the file must still exist, under the name it had when it was imported, where workers run.`,
      { cause },
    );
  }
  if (code === 'ERR_UNKNOWN_FILE_EXTENSION') {
    return new ModuleLoadError(
      `A worker cannot load ${where}, ${role}: workers know JavaScript and TypeScript (.js .mjs .cjs .ts .tsx .mts .cts) only. ` +
        'Compile the file before, or give workers a loader with node --import.',
      { cause },
    );
  }
  return new ModuleLoadError(`Loading ${where}, ${role}, failed in a worker: ${reason}`, { cause });
}

function readable(url: string): string {
  try {
    return fileURLToPath(url);
  } catch {
    // No file, or one of a system that names files differently.
    return url;
  }
}
