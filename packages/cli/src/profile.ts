import type { Command } from 'commander';
import { datedName, writeJson } from './format/output-file.ts';
import { workerName } from './format/worker-name.ts';
import { addSessionOptions, type SessionChoice, withSession } from './session/session-option.ts';
import { wholeNumber } from './state/query-options.ts';
import { findWorker } from './state/read-records.ts';

type Given = SessionChoice & { readonly duration: number; readonly output?: string };

export function configure(command: Command): void {
  addSessionOptions(command)
    .description('Measures where a worker spends its time, and writes it as a .cpuprofile file.')
    .argument('<worker>', 'its id, or worker-3')
    .option('--duration <milliseconds>', 'how long to measure, up to 60000', wholeNumber(1, 60_000), 3_000)
    .option('-o, --output <file>', 'where to; - is stdout (default: aktis-worker-<number>-<time>.cpuprofile)')
    .addHelpText(
      'after',
      '\nExamples:\n  $ aktis profile worker-3\n  $ aktis profile worker-3 --duration 10000 -o slow.cpuprofile',
    )
    .action(profile);
}

async function profile(worker: string, given: Given): Promise<void> {
  const { duration, output } = given;
  const { workerId, content } = await withSession(given, async session => {
    const { workerId } = await findWorker(session, worker);
    return { workerId, content: await session.source.ask('profile', { workerId, duration }) };
  });
  const file = output ?? datedName(workerName(workerId), 'cpuprofile');
  await writeJson(file, content, 'open it in the Performance panel of Chrome, or in VS Code');
}
