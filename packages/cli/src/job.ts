import type { ControlStore, JobRecord } from '@aktis/cluster';
import { AktisError } from '@aktis/core';
import type { Command } from 'commander';
import { addClusterOptions, type ClusterChoice, withCluster } from './cluster/cluster-option.ts';
import { stopJob, writeOutput } from './cluster/job-requests.ts';
import { type Format, formatOption, print } from './format/format-option.ts';
import { jobsTable } from './format/records.ts';
import { toYaml } from './format/yaml.ts';

type Formatted = ClusterChoice & { readonly format: Format };

export function configure(command: Command): void {
  command
    .description('Jobs are commands that were submitted, and drivers that have joined the cluster.')
    .addHelpText(
      'after',
      '\nExamples:\n  $ aktis job list\n  $ aktis job status 3f9a0c11d2e4b567\n  $ aktis job logs --follow 3f9a0c11d2e4b567\n  $ aktis job stop 3f9a0c11d2e4b567',
    );
  addClusterOptions(command.command('list'))
    .description('lists all jobs')
    .addOption(formatOption())
    .action(async (given: Formatted) => print(await withCluster(given, listJobs), given.format, jobsTable));
  addClusterOptions(command.command('status <job>'))
    .description('shows one job')
    .addOption(formatOption())
    .action(async (jobId: string, given: Formatted) =>
      print(await withCluster(given, store => find(store, jobId)), given.format, toYaml),
    );
  addClusterOptions(command.command('logs <job>'))
    .description('shows what a submitted command has written')
    .option('--follow', 'until it ends')
    .action((jobId: string, given: ClusterChoice & { follow?: boolean }) =>
      withCluster(given, store => writeOutput(store, jobId, given.follow === true)),
    );
  addClusterOptions(command.command('stop <job>'))
    .description('ends a submitted command, after five seconds by force')
    .action(async (jobId: string, given: ClusterChoice) => {
      const { state } = await withCluster(given, store => stopJob(store, jobId));
      console.log(`Job ${jobId}: ${state}`);
    });
}

async function listJobs(store: ControlStore): Promise<JobRecord[]> {
  const { JobTable } = await import('@aktis/cluster');
  return new JobTable(store).list();
}

async function find(store: ControlStore, jobId: string): Promise<JobRecord> {
  const { JobTable } = await import('@aktis/cluster');
  const record = await new JobTable(store).get(jobId);
  if (record === undefined) throw new AktisError(`There is no job ${jobId}; see "aktis job list"`);
  return record;
}
