import { chaos } from './chaos/chaos.ts';

// A short one; `npm run chaos -- --seeds 10 --seconds 30` is the long one, docs/testing.md says more.

test.each([
  { seed: 21, seconds: 8, inside: true },
  { seed: 22, seconds: 10, inside: false },
])(
  'every result is right while nodes and the server die, hang and are cut off: $seed',
  async options => {
    const { faults, log } = await chaos(options);
    expect({ faults, log: faults.length > 0 ? log : [] }).toEqual({ faults: [], log: [] });
  },
  180_000,
);
