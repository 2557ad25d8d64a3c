import { Argument, type Command } from 'commander';
import { addClusterOptions, type ClusterChoice, withCluster } from './cluster/cluster-option.ts';
import { resourceNames, resources } from './cluster/resources.ts';
import { type Format, formatOption, print } from './format/format-option.ts';

export function configure(command: Command): void {
  addClusterOptions(command)
    .description(
      'Lists what the control store of the cluster knows. Of actors these are the named and the detached ones.',
    )
    .addArgument(new Argument('<resource>', 'what to list').choices(resourceNames))
    .addOption(formatOption())
    .addHelpText('after', '\nExamples:\n  $ aktis list nodes\n  $ aktis list jobs --format json')
    .action(list);
}

async function list(name: keyof typeof resources, given: ClusterChoice & { format: Format }): Promise<void> {
  const { read, table } = resources[name];
  print(await withCluster(given, read), given.format, table);
}
