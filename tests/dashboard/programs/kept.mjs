// Keeps its history: some tasks, an actor, one failure, and one task that is still at it when the program is killed.
import { get, init, remote, shutdown } from 'aktis';

const [, , directory, end] = process.argv;
const add = remote(function add(a, b) {
  return a + b;
});
const refuse = remote(function refuse() {
  throw new RangeError('there is no such number');
});
const endless = remote(async function endless() {
  await new Promise(() => {});
});
const Counter = remote(
  class Counter {
    #count = 0;
    increment() {
      return ++this.#count;
    }
  },
);

const session = await init({ numCpus: 2, includeDashboard: false, history: { directory } });
await get(Array.from({ length: 500 }, (_, i) => add.remote(i, 1)));
await get(refuse.remote()).catch(() => {});
const counter = Counter.remote();
await get(counter.increment.remote());
if (end === 'properly') {
  await shutdown();
} else if (end !== 'by itself') {
  endless.remote();
  setInterval(() => {}, 1000);
}
process.stdout.write(`${session.nodeId}\n`);
