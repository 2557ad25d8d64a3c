import { Worker } from 'node:worker_threads';
import { times } from '@aktis/cli/microbenchmark';
import type { Remote } from 'comlink';
import { endpointOf, wrap } from './comlink-in-node.ts';
import type { ComlinkApi } from './comlink-worker.ts';
import { peerCases } from './peer.ts';
import { comlinkSettings } from './settings.ts';

export const cases = peerCases(comlinkSettings, count => {
  const workers = times(count, () => new Worker(new URL('./comlink-worker.js', import.meta.url)));
  const apis = workers.map(worker => wrap<ComlinkApi>(endpointOf(worker)));
  let turn = 0;
  const next = (): Remote<ComlinkApi> => {
    turn = (turn + 1) % apis.length;
    return apis[turn] as Remote<ComlinkApi>;
  };
  return {
    add: (a, b) => next().add(a, b),
    count: items => next().count(items),
    ends: numbers => next().ends(numbers),
    end: () => Promise.all(workers.map(worker => worker.terminate())),
  };
});
