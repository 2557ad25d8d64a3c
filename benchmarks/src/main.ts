import { writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import {
  type Benchmark,
  baselines,
  describeMachine,
  hold,
  judge,
  machine,
  type Result,
  suite,
  table,
} from '@aktis/cli/microbenchmark';
import { clusterSuite } from './cluster/cluster-suite.ts';
import { linksSuite } from './links/links-suite.ts';
import { withPeers } from './peers/peers.ts';
import { findRay, withRay } from './ray.ts';
import { scaleSuite } from './scale/scale-suite.ts';
import { readSettings, type Settings, usage } from './settings.ts';

function chosen(settings: Settings): Benchmark[] {
  const ray = settings.peers ? findRay() : undefined;
  const all = [
    ...suite,
    ...(settings.scale ? scaleSuite : []),
    ...(settings.links ? linksSuite : []),
    ...(settings.cluster ? clusterSuite : []),
  ].filter(({ name }) => isWanted(name, settings));
  // Figures mean little without what bare threads reach in the same run.
  return [...baselines, ...(settings.peers ? all.map(withPeers).map(one => withRay(one, ray)) : all)];
}

function isWanted(name: string, { only }: Settings): boolean {
  return only.length === 0 || only.some(part => name.includes(part));
}

/** npm runs scripts in the folder of their package, whoever calls stands elsewhere. */
function fromHere(path: string): string {
  return resolve(process.env.INIT_CWD ?? '.', path);
}

async function run(settings: Settings): Promise<void> {
  const benchmarks = chosen(settings);
  if (settings.list) {
    console.log(benchmarks.map(({ name }) => name).join('\n'));
    return;
  }
  const here = machine();
  console.log(
    `${describeMachine(here)}. The sides take turns, each in a process of its own: ${settings.rounds} rounds.`,
  );
  const results: Result[] = [];
  for (const [at, benchmark] of benchmarks.entries()) {
    process.stderr.write(`\r\x1b[K${at + 1}/${benchmarks.length} ${benchmark.name}`);
    const contest = await hold(benchmark, {
      rounds: settings.rounds,
      roundMilliseconds: settings.seconds * 1000,
      profileDirectory: settings.profile === undefined ? undefined : fromHere(settings.profile),
    });
    results.push(judge(contest));
  }
  process.stderr.write('\r\x1b[K');
  console.log(table(results));
  if (
    settings.peers &&
    results.some(({ sides }) => sides.some(({ role, failure }) => role === 'ray' && failure === 'absent'))
  ) {
    console.log(
      '\nRay is absent: `python3 -c "import ray"` fails here, and AKTIS_RAY_PYTHON names no python that has it.',
    );
  }
  if (settings.json !== undefined) {
    await writeFile(fromHere(settings.json), `${JSON.stringify({ machine: here, settings, results }, null, 2)}\n`);
  }
  const broken = results
    .flatMap(({ sides }) => sides)
    .some(({ role, failure }) => role === 'aktis' && failure !== undefined);
  if (broken) process.exitCode = 1;
}

let settings: Settings | undefined;
try {
  settings = readSettings(process.argv.slice(2));
} catch (error) {
  console.error(`${error instanceof Error ? error.message : error}\n\n${usage}`);
  process.exitCode = 2;
}
if (settings !== undefined) await run(settings);
