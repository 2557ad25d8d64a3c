import { Outliving } from './support/outliving.ts';

/** Others by hand: `AKTIS_SEEDS=1,2,3 AKTIS_STEPS=30`, and `AKTIS_PROGRESS=1` to see each step. */
const seeds = (process.env.AKTIS_SEEDS ?? '1').split(',').map(Number);
const steps = Number(process.env.AKTIS_STEPS ?? 6);

test.each(seeds)(
  'actors and groups outlive what is done to their nodes by chance, seed %i',
  async seed => {
    await Outliving.run(seed, steps);
  },
  240_000,
);
