import { fileURLToPath } from 'node:url';
import { Piscina } from 'piscina';
import { peerCases } from './peer.ts';
import { piscinaSettings } from './settings.ts';

const filename = fileURLToPath(new URL('./pool-worker.js', import.meta.url));

export const cases = peerCases(piscinaSettings, (workers, options) => {
  const pool = new Piscina({ filename, minThreads: workers, maxThreads: workers, ...options });
  return {
    add: (a, b) => pool.run({ a, b }, { name: 'add' }),
    count: items => pool.run(items, { name: 'count' }),
    ends: numbers => pool.run(numbers, { name: 'ends' }),
    end: () => pool.destroy(),
  };
});
