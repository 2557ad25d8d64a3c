import type { Command } from 'commander';
import { ExitCode } from './index.ts';

interface Settings {
  /** True: where they usually are. */
  readonly history?: string | true;
  readonly port?: number;
}

export function configure(command: Command): void {
  command
    .description(
      'Prints, for each dashboard of your programs and clusters on this machine, newest first, a link that signs one browser in. ' +
        'It works once, within five minutes.',
    )
    .option(
      '--history [dir]',
      'show sessions that are over, from this folder (default: history in AKTIS_HOME or ~/.aktis)',
    )
    .option('--port <port>', 'with --history: where to listen, or the next port that is free (default: 8265)', Number)
    .addHelpText(
      'after',
      '\nExamples:\n  $ aktis dashboard\n  $ xdg-open "$(aktis dashboard | head -1)"\n  $ aktis dashboard --history',
    )
    .action((given: Settings) => (given.history === undefined ? print() : showHistory(given)));
}

/** Until somebody ends it. */
async function showHistory({ history, port }: Settings): Promise<void> {
  const { openPastDashboard } = await import('@aktis/dashboard');
  const dashboard = await openPastDashboard({
    ...(typeof history === 'string' && { directory: history }),
    ...(port !== undefined && { port }),
  });
  console.log(dashboard.link);
  console.error('Ctrl-C ends it.');
  await new Promise<void>(resolve => {
    // What listens does not keep the process alive.
    const alive = setInterval(() => {}, 2 ** 30);
    const end = () => {
      clearInterval(alive);
      resolve();
    };
    process.once('SIGINT', end);
    process.once('SIGTERM', end);
  });
  await dashboard.close();
}

async function print(): Promise<void> {
  const { listDashboards, signInLink } = await import('@aktis/dashboard');
  const dashboards = await listDashboards();
  const links = await Promise.allSettled(dashboards.map(signInLink));
  for (const link of links) {
    if (link.status === 'fulfilled') console.log(link.value);
    else console.error((link.reason as Error).message);
  }
  if (links.some(({ status }) => status === 'fulfilled')) return;
  console.error(
    'There is no dashboard here: start a program that calls init(), and leave includeDashboard on, or a cluster: aktis start --head.',
  );
  process.exitCode = ExitCode.unreachable;
}
