import type { Benchmark } from './benchmark.ts';
import { hold } from './contest.ts';
import type { Role, Side } from './side.ts';

const settings = { rounds: 2, roundMilliseconds: 1 };
let events: string[];

beforeEach(() => {
  events = [];
});

/** Fails in the round of this number, the two of the warm-up included. */
function side(role: Role, name: string, failsIn = Infinity): Side {
  let rounds = 0;
  return {
    role,
    name,
    async start() {
      events.push(`${name} starts`);
      return {
        async round() {
          if (++rounds === failsIn) throw new Error(`${name} is tired`);
          events.push(name);
          return { value: rounds };
        },
        async end() {
          events.push(`${name} ends`);
        },
      };
    },
  };
}

function benchmark(sides: Side[], rest: Partial<Benchmark> = {}): Benchmark {
  return { name: 'calls', unit: 'calls/s', better: 'higher', sides, ...rest };
}

test('sides warm up and then take turns', async () => {
  await hold(benchmark([side('aktis', 'a'), side('baseline', 'b')]), settings);
  expect(events).toEqual(['a starts', 'a', 'a', 'b starts', 'b', 'b', 'a', 'b', 'a', 'b', 'a ends', 'b ends']);
});

test('a side that fails drops out and says why, the others go on', async () => {
  const { sides } = await hold(benchmark([side('aktis', 'a', 4), side('baseline', 'b')]), settings);
  expect(sides[0]).toMatchObject({ failure: 'a is tired', readings: [{ value: 3 }] });
  expect(sides[1]?.readings).toHaveLength(2);
});

test('fresh sides start anew for each round, without warm-up', async () => {
  await hold(benchmark([side('aktis', 'a')], { isFresh: true }), settings);
  expect(events.slice(0, 6)).toEqual(['a starts', 'a', 'a ends', 'a starts', 'a', 'a ends']);
});

test('a benchmark that takes long may limit the rounds', async () => {
  const { sides } = await hold(benchmark([side('aktis', 'a')], { maxRounds: 1 }), settings);
  expect(sides[0]?.readings).toHaveLength(1);
});
