// A session with 10,000 actors and 100,000 ended tasks, and its dashboard. Tells where that is, and its memory when asked.
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { get, init, remote, shutdown } from 'aktis';

const ACTORS = 10_000;
const TASKS = 100_000;
const BATCH = 10_000;

const add = remote(function add(a: number, b: number) {
  return a + b;
});
const Counter = remote(
  class Counter {
    #count = 0;
    increment() {
      return ++this.#count;
    }
  },
);

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

const session = await init({ numCpus: 2, dashboardPort: 0, token: 'secret' });
const actors = Array.from({ length: ACTORS }, () => Counter.remote());
for (let i = 0; i < ACTORS; i += 1_000) await get(actors.slice(i, i + 1_000).map(actor => actor.increment.remote()));
for (let i = 0; i < TASKS; i += BATCH) await get(Array.from({ length: BATCH }, (_, j) => add.remote(i, j)));
process.on('message', message => {
  if (message === 'memory') {
    // What is kept, not what waits to be collected.
    collect();
    process.send?.(process.memoryUsage());
  } else if (message === 'end') void shutdown().then(() => process.exit(actors.length > 0 ? 0 : 1));
});
process.send?.(session.dashboardUrl);
