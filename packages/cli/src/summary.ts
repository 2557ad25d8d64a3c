import type { StateSummaries } from '@aktis/core';
import type { Command } from 'commander';
import { type Format, formatOption, print } from './format/format-option.ts';
import { addSessionOptions, type SessionChoice, withSession } from './session/session-option.ts';
import { leftOut } from './state/left-out.ts';
import { type FilterChoice, filterOption } from './state/query-options.ts';
import { resourceArgument } from './state/resource-argument.ts';
import { summaryTable } from './state/summary-tables.ts';

type Summarized = keyof StateSummaries;

export function configure(command: Command): void {
  addSessionOptions(command)
    .description('Counts tasks by function, actors by class, or objects by what made them.')
    .addArgument(resourceArgument('what to count', ['tasks', 'actors', 'objects']))
    .addOption(filterOption())
    .addOption(formatOption())
    .addHelpText(
      'after',
      '\nExamples:\n  $ aktis summary tasks\n  $ aktis summary tasks --filter state=FAILED\n' +
        '  $ aktis summary objects --format json',
    )
    .action(summarize);
}

async function summarize(
  resource: Summarized,
  given: SessionChoice & FilterChoice & { format: Format },
): Promise<void> {
  const summary = await withSession(given, ({ source }) => source.summary(resource, { filters: given.filter }));
  print(summary, given.format, () => summaryTable(resource, summary));
  for (const line of leftOut(resource, summary.total, summary)) console.error(line);
}
