import type { Benchmark } from './benchmark.ts';
import type { Contestant, Role, Side, SideSettings } from './side.ts';
import type { Reading } from './workload.ts';

export interface ContestSettings {
  readonly rounds: number;
  /** Of one side's turn. */
  readonly roundMilliseconds: number;
  readonly profileDirectory?: string | undefined;
}

/** Everything one side showed, in the order of the rounds. */
export interface SideReadings {
  readonly name: string;
  readonly role: Role;
  readonly readings: readonly Reading[];
  /** Why it has no readings, or no more of them. */
  readonly failure?: string;
}

export interface Contest {
  readonly benchmark: Benchmark;
  readonly sides: readonly SideReadings[];
}

interface Entrant {
  readonly side: Side;
  readonly readings: Reading[];
  contestant: Contestant | undefined;
  failure: string | undefined;
}

/**
 * Lets the sides of a benchmark take turns, A B A B, each in its own process: what disturbs the machine meanwhile disturbs
 * all of them, and the ratios hold. A side that fails drops out, the others go on.
 */
export async function hold(benchmark: Benchmark, settings: ContestSettings): Promise<Contest> {
  const limits = { limit: benchmark.limit ?? 120_000, profileDirectory: settings.profileDirectory };
  const entrants = benchmark.sides.map(
    (side): Entrant => ({
      side,
      readings: [],
      contestant: undefined,
      failure: undefined,
    }),
  );
  try {
    if (benchmark.isFresh !== true) for (const entrant of entrants) await warmUp(entrant, limits, settings);
    for (let round = 0; round < Math.min(settings.rounds, benchmark.maxRounds ?? Infinity); round++) {
      for (const entrant of entrants) await takeTurn(entrant, limits, settings, benchmark.isFresh === true);
    }
  } finally {
    await Promise.all(entrants.map(({ contestant }) => contestant?.end()));
  }
  return {
    benchmark,
    sides: entrants.map(({ side, readings, failure }) => ({
      name: side.name,
      role: side.role,
      readings,
      ...(failure === undefined ? {} : { failure }),
    })),
  };
}

/** Twice: compilers optimise after the first, and throw away some of it after that. */
async function warmUp(entrant: Entrant, limits: SideSettings, settings: ContestSettings): Promise<void> {
  await attempt(entrant, async () => {
    entrant.contestant = await entrant.side.start(limits);
    await entrant.contestant.round(settings.roundMilliseconds);
    await entrant.contestant.round(settings.roundMilliseconds / 2);
  });
}

async function takeTurn(
  entrant: Entrant,
  limits: SideSettings,
  settings: ContestSettings,
  isFresh: boolean,
): Promise<void> {
  if (entrant.failure !== undefined) return;
  await attempt(entrant, async () => {
    if (isFresh) entrant.contestant = await entrant.side.start(limits);
    const reading = await entrant.contestant?.round(settings.roundMilliseconds);
    if (reading !== undefined) entrant.readings.push(reading);
    if (isFresh) await entrant.contestant?.end();
  });
}

async function attempt(entrant: Entrant, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    entrant.failure = error instanceof Error ? error.message : String(error);
    await entrant.contestant?.end();
    entrant.contestant = undefined;
  }
}
