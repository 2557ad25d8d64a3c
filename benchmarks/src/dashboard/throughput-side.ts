// Tasks per second in rounds. With `recording` every other round goes without what is remembered of each task.
import { current } from '@aktis/core';
import { get, init, remote, shutdown } from 'aktis';

const [, , side, rounds = '20', directory] = process.argv;
const TASKS = 20_000;
const WARM = 3;

const add = remote(function add(a: number, b: number) {
  return a + b;
});

await init({
  numCpus: 1,
  includeDashboard: false,
  ...(side === 'history' && { history: { directory: directory ?? '' } }),
});

interface History {
  finished: number;
  succeeded(...args: never[]): void;
}
const history = (current.node as unknown as { state: { tasks: History } }).state.tasks;
const { succeeded } = history;
const counted = function (this: History) {
  this.finished++;
};

const rates: Record<'on' | 'off', number[]> = { on: [], off: [] };
// Of all threads: what others do on the machine counts for less in it.
const cpu: Record<'on' | 'off', number[]> = { on: [], off: [] };
for (let round = 0; round < Number(rounds) + WARM; round++) {
  // Neighbours in time meet the same neighbours on the machine; who goes first changes.
  for (const state of (round % 2 === 0 ? ['on', 'off'] : ['off', 'on']) as ('on' | 'off')[]) {
    history.succeeded = state === 'off' && side === 'recording' ? counted : succeeded;
    const before = process.cpuUsage();
    const began = performance.now();
    await get(Array.from({ length: TASKS }, (_, i) => add.remote(i, 1)));
    if (round < WARM) continue;
    rates[state].push((TASKS / (performance.now() - began)) * 1000);
    const { user, system } = process.cpuUsage(before);
    cpu[state].push((user + system) / TASKS);
  }
}
process.send?.({ ...rates, cpu });
await shutdown();
process.disconnect?.();
