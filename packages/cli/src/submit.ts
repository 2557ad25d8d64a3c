import { resolve } from 'node:path';
import type { ControlStore } from '@aktis/cluster';
import type { Command } from 'commander';
import { addClusterOptions, type ClusterChoice, withCluster } from './cluster/cluster-option.ts';
import { submitJob, writeOutput } from './cluster/job-requests.ts';

interface Settings extends ClusterChoice {
  readonly wait: boolean;
  readonly workingDir?: string;
  readonly env?: readonly string[];
}

export function configure(command: Command): void {
  addClusterOptions(command)
    .description(
      "Runs a command on the head's machine, with AKTIS_ADDRESS set, so that init() of the program joins the cluster. Shows " +
        'what it writes, and ends with its exit code.',
    )
    .argument('<command...>', 'the command and its arguments, after --')
    .option('--no-wait', 'print the job id and return')
    .option('--working-dir <dir>', "a folder of the head's machine to run it in (default: where the head was started)")
    .option('--env <key=value...>', 'what it finds in its environment')
    .passThroughOptions()
    .addHelpText(
      'after',
      '\nExamples:\n  $ aktis submit -- aktis run train.ts --epochs 3\n  $ aktis submit --no-wait --working-dir . --env SEED=1 -- node train.js',
    )
    .action((words: string[], given: Settings) => submit(command, words, given));
}

async function submit(command: Command, words: readonly string[], given: Settings): Promise<void> {
  const env = Object.fromEntries((given.env ?? []).map(text => pair(command, text)));
  const directory = given.workingDir === undefined ? undefined : resolve(given.workingDir);
  process.exitCode = await withCluster(given, async store => {
    const jobId = await submitJob(store, { command: words, env, ...(directory !== undefined && { directory }) });
    if (!given.wait) {
      console.log(jobId);
      return 0;
    }
    await writeOutput(store, jobId, true);
    return exitCodeOf(store, jobId);
  });
}

async function exitCodeOf(store: ControlStore, jobId: string): Promise<number> {
  const { hasEnded, JobTable } = await import('@aktis/cluster');
  const record = await new JobTable(store).get(jobId);
  if (record?.state === 'SUCCEEDED') return 0;
  const how =
    record === undefined || !hasEnded(record) ? 'is not known to have ended' : `${record.state}: ${record.message}`;
  console.error(`aktis submit: job ${jobId} ${how}`);
  return record?.exitCode || 1;
}

function pair(command: Command, text: string): [string, string] {
  const at = text.indexOf('=');
  if (at <= 0) command.error(`error: --env ${text}: write key=value`, { exitCode: 2 });
  return [text.slice(0, at), text.slice(at + 1)];
}
