import { resolve } from 'node:path';
import type { ControlStore, SubmissionRequest } from '@aktis/cluster';
import type { Command } from 'commander';
import { addClusterOptions, type ClusterChoice, withCluster } from './cluster/cluster-option.ts';
import { submitJob, writeOutput } from './cluster/job-requests.ts';

/** Of what is left out, so many are named. */
const NAMED = 8;

interface Settings extends ClusterChoice {
  readonly wait: boolean;
  readonly workingDir?: string;
  readonly upload?: boolean;
  readonly install?: boolean;
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
    .option(
      '--working-dir <dir>',
      'a folder of this machine to run it in; what git ignores, node_modules and what .aktisignore names is left out when ' +
        'it must be sent, because the head runs elsewhere (default: the folder where the head was started)',
    )
    .option('--upload', 'send the folder also when the head runs on this machine')
    .option('--install', 'run "npm ci" in the folder that was sent, before the command')
    .option('--env <key=value...>', 'what it finds in its environment')
    .passThroughOptions()
    .addHelpText(
      'after',
      '\nExamples:\n  $ aktis submit -- aktis run train.ts --epochs 3\n  $ aktis submit --no-wait --working-dir . --env SEED=1 -- node train.js\n' +
        '  $ aktis submit --address gpu-box:6379 --working-dir . --install -- npx aktis run train.ts',
    )
    .action((words: string[], given: Settings) => submit(command, words, given));
}

async function submit(command: Command, words: readonly string[], given: Settings): Promise<void> {
  const env = Object.fromEntries((given.env ?? []).map(text => pair(command, text)));
  if (given.workingDir === undefined && (given.upload || given.install)) {
    command.error('error: --upload and --install need --working-dir', { exitCode: 2 });
  }
  process.exitCode = await withCluster(given, async (store, address) => {
    const where = given.workingDir === undefined ? {} : await place(store, address, resolve(given.workingDir), given);
    const jobId = await submitJob(store, { command: words, env, ...where });
    if (!given.wait) {
      console.log(jobId);
      return 0;
    }
    await writeOutput(store, jobId, true).catch(error => {
      console.error(`aktis submit: lost sight of job ${jobId}; see "aktis job status ${jobId}" when the head is back`);
      throw error;
    });
    return exitCodeOf(store, jobId);
  });
}

/** Where it runs: in the folder itself, if the head sees it, else in what is sent of it. */
async function place(
  store: ControlStore,
  address: string,
  directory: string,
  { upload = false, install = false }: Settings,
): Promise<Pick<SubmissionRequest, 'directory' | 'package' | 'install'>> {
  const { livingSessions, packDirectory } = await import('@aktis/cluster');
  const isHeadHere = livingSessions().some(session => session.isHead && session.address === address);
  if (isHeadHere && !upload && !install) return { directory };
  const { content, hash, files, leftOut } = await packDirectory(directory);
  await store.blobs.put(hash, content);
  console.error(`aktis submit: sent ${directory}: ${files} files, ${sizeText(content.length)}${leftOutText(leftOut)}`);
  return { package: hash, install };
}

function leftOutText(names: readonly string[]): string {
  if (names.length === 0) return '';
  const more = names.length > NAMED ? `, and ${names.length - NAMED} more` : '';
  return `; left out: ${names.slice(0, NAMED).join(', ')}${more}`;
}

function sizeText(bytes: number): string {
  return bytes < 2 ** 20 ? `${Math.ceil(bytes / 1024)} KiB` : `${(bytes / 2 ** 20).toFixed(1)} MiB`;
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
