import { realpathSync } from 'node:fs';
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import { isTypeScript, moduleUrl } from './module-url.ts';
import { candidateFile } from './source-files.ts';
import { joinNodeOptions, splitNodeOptions, workerFlags } from './worker-flags.ts';

/** What every new worker thread of this process is started with. */
export interface WorkerEnvironment {
  /** The URL of the driver's script; `undefined` when a test runner or the like was started instead. */
  readonly entry: string | undefined;
  /** For `new Worker(…, { execArgv })`. */
  readonly execArgv: string[];
  /** For `new Worker(…, { env })`. Read it for each worker: it follows `process.env`. */
  readonly env: NodeJS.ProcessEnv;
  /** For `new Worker(…, { argv })`: what the script was given, as its module may read it while it is loaded. */
  readonly argv: readonly string[];
  /** Whether the driver can load TypeScript, so that workers must too. */
  readonly typescript: boolean;
  /** Whether a test runner loaded the user's modules: they import it, and in workers find a stand-in. */
  readonly testRunner: boolean;
  /** The module each worker loads before all others. */
  readonly setup?: string;
}

/** The part of `process` that decides; a parameter for tests. */
export interface DriverProcess {
  readonly argv: readonly string[];
  readonly execArgv: readonly string[];
  readonly env: NodeJS.ProcessEnv;
}

/** `aktis run` leaves here which script it runs. */
const entrySymbol = Symbol.for('aktis.entry');

let ofThisProcess: WorkerEnvironment | undefined;

/** The environment of workers of this process, worked out once. `setup` is a URL or path. */
export function workerEnvironment(setup?: string): WorkerEnvironment {
  ofThisProcess ??= environmentOf(process);
  // A spread would read `env` now, and freeze it.
  return setup === undefined
    ? ofThisProcess
    : Object.create(ofThisProcess, { setup: { value: moduleUrl(setup), enumerable: true } });
}

/** What `workerEnvironment` does, for any process. */
export function environmentOf(driver: DriverProcess): WorkerEnvironment {
  const { flags, typescript } = workerFlags(driver.execArgv);
  const named = (globalThis as { [entrySymbol]?: string })[entrySymbol];
  const entry = named === undefined ? scriptOf(driver) : moduleUrl(named);
  const options = driver.env.NODE_OPTIONS;
  const kept = options === undefined ? undefined : workerFlags(splitNodeOptions(options));
  const nodeOptions = kept && joinNodeOptions(kept.flags);
  return {
    entry,
    execArgv: [...flags],
    get env() {
      // Node reads NODE_OPTIONS again for each thread: a TypeScript loader named there would run beside our own.
      return nodeOptions === undefined ? driver.env : { ...driver.env, NODE_OPTIONS: nodeOptions };
    },
    argv: driver.argv.slice(2),
    typescript: typescript || kept?.typescript === true || (entry !== undefined && isTypeScript(entry)),
    testRunner: isTestRun(driver),
  };
}

function isTestRun({ env, argv, execArgv }: DriverProcess): boolean {
  return (
    env.JEST_WORKER_ID !== undefined ||
    env.VITEST !== undefined ||
    env.NODE_TEST_CONTEXT !== undefined ||
    execArgv.includes('--test') ||
    /[\\/]node_modules[\\/](?:\.bin[\\/])?(?:jest|vitest|mocha|ava)\b/.test(argv[1] ?? '')
  );
}

/** Programs that were installed load the user's modules in ways of their own; only a script of the user's is an entry. */
function scriptOf(driver: DriverProcess): string | undefined {
  const given = driver.argv[1];
  if (given === undefined || driver.execArgv.includes('--test') || driver.env.NODE_TEST_CONTEXT !== undefined)
    return undefined;
  const file = existing(given);
  if (file === undefined || /[\\/]node_modules[\\/]/.test(file)) return undefined;
  const url = pathToFileURL(file).href;
  return url.startsWith(ownPackages) && /^(?:aktis\/bin|[a-z]+\/(?:bundle|dist))\//.test(url.slice(ownPackages.length))
    ? undefined
    : url;
}

const ownPackages = new URL('../../../', import.meta.url).href;

/** `node .` and `node main` are given without what makes them a file. */
function existing(given: string): string | undefined {
  try {
    return realpathSync(createRequire(import.meta.url).resolve(given));
  } catch {
    const file = candidateFile(given);
    return file === undefined ? undefined : realpathSync(file);
  }
}
