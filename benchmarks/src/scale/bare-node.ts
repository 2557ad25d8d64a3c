/** What a Node process with idle threads costs before anybody uses it. */
import { Worker } from 'node:worker_threads';
import { type Cases, measured, times } from '@aktis/cli/microbenchmark';
import { restingMemory } from './memory.ts';

const IDLE = `require('node:worker_threads').parentPort.on('message', () => {})`;

export const cases = {
  idle: async ({ workers: count }) => {
    const workers = times(count, () => new Worker(IDLE, { eval: true }));
    await Promise.all(workers.map(worker => new Promise(resolve => worker.once('online', resolve))));
    return {
      ...measured(restingMemory),
      end: async () => void (await Promise.all(workers.map(worker => worker.terminate()))),
    };
  },
} satisfies Cases;
