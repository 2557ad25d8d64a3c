import type { ClusterStatus } from '@aktis/cluster';
import type { Command } from 'commander';
import { addClusterOptions, type ClusterChoice, withCluster } from './cluster/cluster-option.ts';
import { demand, usage } from './format/amounts.ts';
import { type Format, formatOption, print } from './format/format-option.ts';
import { nodesTable } from './format/records.ts';
import { duration } from './format/units.ts';

export function configure(command: Command): void {
  addClusterOptions(command)
    .description('Shows the nodes of a cluster, what is taken of their resources, and what waits and why.')
    .addOption(formatOption())
    .addHelpText('after', '\nExamples:\n  $ aktis status\n  $ aktis status --address 127.0.0.1:6379 --format json')
    .action(show);
}

async function show({ format, ...choice }: ClusterChoice & { format: Format }): Promise<void> {
  const { clusterStatus } = await import('@aktis/cluster');
  print(await withCluster(choice, clusterStatus), format, table);
}

function table(status: ClusterStatus): string {
  const { address, clusterId, resources, nodes, controlStore, pending, wrongClocks, jobs, actors, dashboardUrl } =
    status;
  const running = jobs.filter(({ state }) => state === 'RUNNING').length;
  const down = controlStore.servers.filter(server => server.state === 'DOWN');
  const { length: servers } = controlStore.servers;
  const health = servers === 1 ? controlStore.state.toLowerCase() : `${servers - down.length} of ${servers} servers up`;
  const lines = [
    `Cluster ${clusterId.slice(0, 12)} at ${address}; control store: ${controlStore.kind}, ${health}`,
    ...down.map(
      server => `  ${server.address}${server.node === undefined ? '' : ` on node ${server.node}`} does not answer`,
    ),
    ...(dashboardUrl === undefined ? [] : [`Dashboard: ${dashboardUrl}`]),
    `Used: ${usage(resources.total, resources.available)}`,
    `Jobs: ${running} running, ${jobs.length} in all; named and detached actors: ${actors.length}`,
    '',
    nodesTable(nodes, { used: true }),
  ];
  for (const { name, ahead } of wrongClocks) {
    lines.push(
      '',
      `The clock of ${name} is ${duration(Math.abs(ahead))} ${ahead > 0 ? 'ahead of' : 'behind'} the one of this machine: so are its ` +
        'times in lists, logs and the timeline. Set them (NTP)',
    );
  }
  if (pending.length > 0) lines.push('', 'Waiting:');
  for (const { count, shape, reason } of pending) lines.push(`  ${count} × ${demand(shape)}: ${reason}`);
  return lines.join('\n');
}
