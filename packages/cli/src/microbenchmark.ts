import { type Command, InvalidArgumentError, Option } from 'commander';
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
} from './microbenchmark/index.ts';

interface Settings {
  readonly only: readonly string[] | undefined;
  readonly rounds: number;
  readonly seconds: number;
  readonly format: 'table' | 'json';
}

export function configure(command: Command): void {
  command
    .description(
      'Measures calls, objects and actors on this machine, under the names of Ray’s microbenchmark, beside what bare worker ' +
        'threads reach in the same run. Takes about three minutes.',
    )
    .option('--only <names...>', 'only benchmarks whose name contains one of these')
    .option('--rounds <n>', 'how often the sides take turns', positive, 3)
    .option('--seconds <n>', 'how long a turn takes', positive, 1)
    .addOption(new Option('--format <format>', 'how to print').choices(['table', 'json']).default('table'))
    .addHelpText(
      'after',
      '\nExamples:\n  $ aktis microbenchmark\n  $ aktis microbenchmark --only single_client --rounds 5 --format json',
    )
    .action(measure);
}

async function measure({ only, rounds, seconds, format }: Settings): Promise<void> {
  const isWanted = ({ name }: Benchmark) => only === undefined || only.some(part => name.includes(part));
  const wanted = suite.filter(isWanted);
  if (wanted.length === 0) {
    console.error(
      `No benchmark is named like ${only?.join(' or ')}; there are: ${suite.map(({ name }) => name).join(', ')}`,
    );
    process.exitCode = 2;
    return;
  }
  const here = machine();
  const results: Result[] = [];
  const benchmarks = [...baselines, ...wanted];
  for (const [at, benchmark] of benchmarks.entries()) {
    if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${at + 1}/${benchmarks.length} ${benchmark.name}`);
    results.push(judge(await hold(benchmark, { rounds, roundMilliseconds: seconds * 1000 })));
  }
  if (process.stderr.isTTY) process.stderr.write('\r\x1b[K');
  console.log(
    format === 'json'
      ? JSON.stringify({ machine: here, results }, null, 2)
      : `${describeMachine(here)}\n${table(results)}`,
  );
  if (results.some(({ sides }) => sides.some(({ role, failure }) => role === 'aktis' && failure !== undefined))) {
    process.exitCode = 1;
  }
}

function positive(text: string): number {
  const number = Number(text);
  if (!(number > 0 && Number.isFinite(number))) throw new InvalidArgumentError('It must be a number above 0.');
  return number;
}
