import type { Command } from 'commander';
import { type Format, formatOption, print } from './format/format-option.ts';
import { toYaml } from './format/yaml.ts';
import { addSessionOptions, type SessionChoice, withSession } from './session/session-option.ts';
import { findRecord } from './state/read-records.ts';
import { resourceArgument } from './state/resource-argument.ts';
import { type ResourceName, resourceNames } from './state/resources.ts';

export function configure(command: Command): void {
  addSessionOptions(command)
    .description('Shows all that is known of one node, actor, task, object, job, worker or placement group.')
    .addArgument(resourceArgument('what it is', resourceNames))
    .argument('<id>', 'its id, or as much of it as only it begins with')
    .addOption(formatOption())
    .addHelpText(
      'after',
      '\nExamples:\n  $ aktis get nodes 3f9a\n  $ aktis get tasks 3f9a0c1100000000000012 --format json',
    )
    .action(get);
}

async function get(name: ResourceName, id: string, given: SessionChoice & { format: Format }): Promise<void> {
  print(await withSession(given, session => findRecord(session, name, id)), given.format, toYaml);
}
