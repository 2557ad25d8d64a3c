import { type Command, Option } from 'commander';
import { type Format, formatOption, print } from './format/format-option.ts';
import type { MemoryChoice } from './memory/memory-report.ts';
import { groupings } from './memory/object-groups.ts';
import { orders } from './memory/object-orders.ts';
import { addSessionOptions, type SessionChoice, withSession } from './session/session-option.ts';
import { leftOut } from './state/left-out.ts';
import { wholeNumber } from './state/query-options.ts';

export function configure(command: Command): void {
  addSessionOptions(command)
    .description('Shows which objects take memory: the largest first, with who made them and who holds them.')
    .addOption(new Option('--sort-by <what>', 'what comes first').choices(Object.keys(orders)).default('size'))
    .addOption(new Option('--group-by <what>', 'also count them by this').choices(Object.keys(groupings)))
    .option('-n, --limit <count>', 'at most so many objects; 0: totals only', wholeNumber(0, 10_000), 20)
    .addOption(formatOption())
    .addHelpText(
      'after',
      '\nExamples:\n  $ aktis memory\n  $ aktis memory --group-by creator --limit 0\n  $ aktis memory --sort-by age --format json',
    )
    .action(memory);
}

async function memory(given: SessionChoice & MemoryChoice & { format: Format }): Promise<void> {
  const [{ memoryReport }, { memoryTable }] = await Promise.all([
    import('./memory/memory-report.ts'),
    import('./memory/memory-table.ts'),
  ]);
  const { report, residents, facts } = await withSession(given, session => memoryReport(session, given));
  print(report, given.format, () => memoryTable(report, residents));
  const shown = report.objects.length;
  const truncated = given.limit > 0 && facts.total > shown;
  for (const line of leftOut('objects', shown, { ...facts, truncated })) console.error(line);
}
