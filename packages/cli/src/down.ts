import type { Command } from 'commander';
import { addFileArgument, localCluster } from './cluster-file/file-argument.ts';

const LIMIT_MS = 120_000;

export function configure(command: Command): void {
  addFileArgument(command)
    .description('Ends the nodes of a cluster on all machines of its file, the head last. Its data stays.')
    .addHelpText('after', '\nExamples:\n  $ aktis down cluster.yaml')
    .action(async (path: string) => {
      const cluster = await localCluster(path, 'down', 'kubectl delete -f manifests');
      await cluster.down(LIMIT_MS, (host, line) => console.log(`[${host}] ${line}`));
    });
}
