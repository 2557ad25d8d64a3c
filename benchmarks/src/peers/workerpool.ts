import { fileURLToPath } from 'node:url';
import workerpool from 'workerpool';
import { peerCases } from './peer.ts';
import { workerpoolSettings } from './settings.ts';

const script = fileURLToPath(new URL('./workerpool-worker.js', import.meta.url));

export const cases = peerCases(workerpoolSettings, workers => {
  const pool = workerpool.pool(script, { workerType: 'thread', minWorkers: workers, maxWorkers: workers });
  // Its promises are of a class of its own.
  const run = async (name: string, ...args: unknown[]): Promise<number> => pool.exec(name, args);
  return {
    add: (a, b) => run('add', a, b),
    count: items => run('count', items),
    ends: numbers => run('ends', numbers),
    end: async () => pool.terminate(true),
  };
});
