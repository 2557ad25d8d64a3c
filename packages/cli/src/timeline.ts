import type { Command } from 'commander';
import { datedName, writeJson } from './format/output-file.ts';
import { addSessionOptions, type SessionChoice, withSession } from './session/session-option.ts';

export function configure(command: Command): void {
  addSessionOptions(command)
    .description('Writes when and where the newest tasks ran, as a Chrome trace: a row for each worker.')
    .option('-o, --output <file>', 'where to; - is stdout (default: aktis-timeline-<time>.json)')
    .addHelpText('after', '\nExamples:\n  $ aktis timeline\n  $ aktis timeline -o trace.json')
    .action(timeline);
}

async function timeline(given: SessionChoice & { output?: string }): Promise<void> {
  const traceEvents = await withSession(given, ({ source }) => source.timeline());
  const file = given.output ?? datedName('timeline', 'json');
  await writeJson(file, { traceEvents }, 'open it at https://ui.perfetto.dev or chrome://tracing');
}
