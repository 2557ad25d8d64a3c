import { createRequire } from 'node:module';
import { Worker } from 'node:worker_threads';

import type { Check } from './check.ts';

/** Whether threads start as the runtime starts them, and whether they could load TypeScript. */
export async function workerChecks(): Promise<Check[]> {
  return [await thread(), compiler()];
}

async function thread(): Promise<Check> {
  const check = { name: 'Worker threads', required: true };
  const { execArgv, env } = (await import('@aktis/core/loading')).workerEnvironment();
  const started = performance.now();
  try {
    const worker = new Worker('require("node:worker_threads").parentPort.postMessage(0)', {
      eval: true,
      execArgv,
      env,
    });
    await new Promise((resolve, reject) => {
      worker.once('message', resolve);
      worker.once('error', reject);
      worker.once('exit', code => reject(new Error(`it ended with code ${code}`)));
    });
    const took = Math.round(performance.now() - started);
    await worker.terminate();
    return { ...check, status: 'ok', detail: `one started in ${took} ms` };
  } catch (error) {
    return {
      ...check,
      status: 'missing',
      detail: `none starts: ${(error as Error).message}`,
      fix: 'look at NODE_OPTIONS and at limits on threads (ulimit -u, pids of the container)',
    };
  }
}

function compiler(): Check {
  const check = { name: 'TypeScript', required: true };
  try {
    const require = createRequire(import.meta.resolve('@aktis/core'));
    const { transformSync, version } = require('@swc/core') as {
      transformSync(source: string, options: object): unknown;
      version: string;
    };
    transformSync('class A {}', { configFile: false, swcrc: false });
    return { ...check, status: 'ok', detail: `@swc/core ${version} compiles it` };
  } catch (error) {
    return {
      ...check,
      status: 'missing',
      detail: `@swc/core cannot be loaded: ${(error as Error).message.split('\n')[0]}`,
      fix: 'run "npm install @swc/core" on this machine, without --omit=optional',
    };
  }
}
