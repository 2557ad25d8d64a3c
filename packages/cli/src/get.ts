import { Argument, type Command } from 'commander';
import { addClusterOptions, type ClusterChoice, withCluster } from './cluster/cluster-option.ts';
import { resourceNames, resources } from './cluster/resources.ts';
import { type Format, formatOption, print } from './format/format-option.ts';
import { toYaml } from './format/yaml.ts';

export function configure(command: Command): void {
  addClusterOptions(command)
    .description('Shows all that the control store knows of one node, job or actor.')
    .addArgument(new Argument('<resource>', 'what it is').choices(resourceNames))
    .argument('<id>', 'its id, or as much of it as only it begins with')
    .addOption(formatOption())
    .addHelpText('after', '\nExamples:\n  $ aktis get nodes 3f9a\n  $ aktis get jobs 3f9a --format json')
    .action(get);
}

async function get(name: keyof typeof resources, id: string, given: ClusterChoice & { format: Format }): Promise<void> {
  const { id: key, read } = resources[name];
  const records = (await withCluster(given, read)) as readonly Record<string, unknown>[];
  const found = records.filter(record => String(record[key]).startsWith(id));
  if (found.length === 1) {
    print(found[0], given.format, toYaml);
    return;
  }
  const what =
    found.length === 0 ? 'has an id that begins' : `(${found.length} of them) is the only one with an id that begins`;
  console.error(`aktis get: none of the ${name} ${what} with ${id}; see "aktis list ${name}"`);
  process.exitCode = 1;
}
