import { resolve } from 'node:path';
import { type Command, InvalidArgumentError } from 'commander';

interface Settings {
  readonly address?: string;
  readonly session?: string;
  readonly grace: number;
}

export function configure(command: Command): void {
  command
    .description(
      'Ends the nodes that this user started on this machine; with a head also its control store. Drivers are left alone: ' +
        'what they wait for fails with NodeDiedError.',
    )
    .option('--address <host:port>', 'only nodes of this cluster')
    .option('--session <dir>', 'only the node with this session directory')
    .option('--grace <seconds>', 'how long a node may take before it is ended by force', seconds, 16)
    .addHelpText('after', '\nExamples:\n  $ aktis stop\n  $ aktis stop --address 127.0.0.1:6379 --grace 2')
    .action(stop);
}

async function stop({ address, session, grace }: Settings): Promise<void> {
  const { livingSessions, stopSessions } = await import('@aktis/cluster');
  const wanted = livingSessions().filter(
    each =>
      (address === undefined || each.address === address) &&
      (session === undefined || each.directory === resolve(session)),
  );
  if (wanted.length === 0) {
    console.log('There is no node to stop here.');
    return;
  }
  for (const { session, byForce } of await stopSessions(wanted, grace * 1000)) {
    const what = `${session.isHead ? 'head' : 'node'} ${session.name} of the cluster at ${session.address}`;
    console.log(byForce ? `Ended by force: ${what}` : `Ended: ${what}`);
  }
}

function seconds(text: string): number {
  const number = Number(text);
  if (text.trim() === '' || !(number >= 0 && Number.isFinite(number))) {
    throw new InvalidArgumentError('It must be a number of seconds.');
  }
  return number;
}
