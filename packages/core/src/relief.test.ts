import type { Node } from './node.ts';
import { Relief } from './relief.ts';
import { ResourceShape } from './resources.ts';

const GPU = ResourceShape.of({ GPU: 1 });

/** A node where a task waits for a CPU, and actors hold resources; `pass` lets time go by and tells when it collected. */
function nodeWith(holders: { readonly shape: ResourceShape }[]) {
  let now = 0;
  const timers: { readonly at: number; readonly callback: () => void }[] = [];
  const collections: number[] = [];
  const waiting = [{ feasible: true, claim: { shape: ResourceShape.ONE_CPU } }];
  const node = {
    scheduler: { waiting: () => waiting },
    extensions: [{ perhapsAbandoned: (shape: ResourceShape) => holders.filter(held => held.shape.overlaps(shape)) }],
  };
  const time = {
    now: () => now,
    after: (milliseconds: number, callback: () => void) => void timers.push({ at: now + milliseconds, callback }),
  };
  const relief = new Relief(node as unknown as Node, time, () => collections.push(now));
  const pass = (milliseconds: number) => {
    const end = now + milliseconds;
    for (let next = timers.shift(); next !== undefined; next = timers.shift()) {
      if (next.at > end) {
        timers.unshift(next);
        break;
      }
      now = next.at;
      next.callback();
    }
    now = end;
    return collections.splice(0);
  };
  return { relief, waiting, pass };
}

test('there is no collection where nothing that could be garbage holds what is waited for', () => {
  const { relief, pass } = nodeWith([{ shape: GPU }]);
  relief.ofWaiting();
  expect(pass(60_000)).toEqual([]);
});

test('an actor that may be garbage is looked for soon, and what a collection has spared ever more rarely', () => {
  const { relief, pass } = nodeWith([{ shape: ResourceShape.ONE_CPU }]);
  relief.ofWaiting();
  expect(pass(100)).toEqual([50]);
  expect(pass(14_000)).toEqual([1_050, 3_050, 7_050]);
  expect(pass(600_000).length).toBeLessThanOrEqual(22);
});

test('a new actor is looked for at once, however long the others have been there', () => {
  const holders = [{ shape: ResourceShape.ONE_CPU }];
  const { relief, pass } = nodeWith(holders);
  relief.ofWaiting();
  pass(100_000);
  const quiet = pass(5_000);
  expect(quiet).toEqual([]);
  holders.push({ shape: ResourceShape.ONE_CPU });
  expect(pass(1_000)).toHaveLength(1);
});

test('nobody looks once nothing waits any more', () => {
  const { relief, waiting, pass } = nodeWith([{ shape: ResourceShape.ONE_CPU }]);
  relief.ofWaiting();
  waiting.length = 0;
  expect(pass(60_000)).toEqual([]);
  waiting.push({ feasible: true, claim: { shape: ResourceShape.ONE_CPU } });
  relief.ofWaiting();
  expect(pass(1_000)).toHaveLength(1);
});
