import type { Command } from 'commander';
import { ExitCode } from './index.ts';

export function configure(command: Command): void {
  command
    .description(
      'Prints, for each dashboard of your programs and clusters on this machine, newest first, a link that signs one browser in. ' +
        'It works once, within five minutes.',
    )
    .addHelpText('after', '\nExamples:\n  $ aktis dashboard\n  $ xdg-open "$(aktis dashboard | head -1)"')
    .action(print);
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
