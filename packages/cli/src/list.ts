import type { Command } from 'commander';
import { type Format, formatOption, print } from './format/format-option.ts';
import type { SessionChoice } from './session/session-option.ts';
import { addSessionOptions, withSession } from './session/session-option.ts';
import { leftOut } from './state/left-out.ts';
import { addQueryOptions, type QueryChoice, queryOf } from './state/query-options.ts';
import { listRecords } from './state/read-records.ts';
import { resourceArgument } from './state/resource-argument.ts';
import { type ResourceName, resourceNames, resources } from './state/resources.ts';
import { stateTable } from './state/tables.ts';

export function configure(command: Command): void {
  addSessionOptions(addQueryOptions(command))
    .description('Lists what a cluster or a program on this machine has and had: the newest first, objects by size.')
    .addArgument(resourceArgument('what to list', resourceNames))
    .addOption(formatOption())
    .addHelpText(
      'after',
      '\nExamples:\n  $ aktis list nodes\n  $ aktis list tasks --filter state=FAILED --detail\n' +
        '  $ aktis list tasks --filter "duration>500" --filter name~load --sort=-duration\n' +
        '  $ aktis list actors --sort=-pendingCalls --limit 10\n  $ aktis list objects --format json',
    )
    .action(list);
}

async function list(
  name: ResourceName,
  given: SessionChoice & QueryChoice & { format: Format },
  command: Command,
): Promise<void> {
  const { resource } = resources[name];
  const answer = await withSession(given, session => listRecords(session, resource, queryOf(given)));
  const isLong = given.detail === true && command.getOptionValueSource('format') === 'default';
  print(answer.items, isLong ? 'yaml' : given.format, items => stateTable(resource, items as never));
  for (const line of leftOut(name.replace('-', ' '), answer.items.length, answer)) console.error(line);
}
