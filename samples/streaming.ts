// Streaming: a remote generator hands over each item as soon as it is made, and waits when nobody takes them.
// Run it with `npx aktis run streaming.ts`.

import { setTimeout as sleep } from 'node:timers/promises';
import { availableResources, clusterResources, get, init, remote, shutdown } from 'aktis';

// Makes an item in no time at all. `streamBuffer` is how many of them may lie around before the generator is paused.
const measurements = remote({ streamBuffer: 2 })(async function* measurements() {
  try {
    for (let number = 1; ; number++) yield { number, made: Date.now() };
  } finally {
    console.log('nobody wants more: the producer ends');
  }
});

await init();

// Times are counted from the first item.
let start = 0;
const since = (time: number) => `${String(time - start).padStart(4)} ms`;

// A slow consumer: it takes an item every 100 ms. The producer is never more than two items ahead, and there is no end
// to what it produces, so the loop decides: `break` cancels it.
for await (const ref of measurements.remote()) {
  const { number, made } = await get(ref);
  start ||= made;
  console.log(`item ${number}: made at ${since(made)}, used at ${since(Date.now())}`);
  if (number === 6) break;
  await sleep(100);
}

await sleep(200);
const [free, all] = await Promise.all([availableResources(), clusterResources()]);
console.log(`the CPU of the producer is free again: ${free.CPU} of ${all.CPU}`);

await shutdown();
