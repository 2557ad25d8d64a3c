import type { Command } from 'commander';
import { addFileArgument, localCluster } from './cluster-file/file-argument.ts';

export function configure(command: Command): void {
  addFileArgument(command)
    .description('Opens a shell on the head of a cluster; AKTIS_ADDRESS is set there.')
    .addHelpText('after', '\nExamples:\n  $ aktis attach cluster.yaml')
    .action(async (path: string) => {
      const cluster = await localCluster(path, 'attach', 'kubectl exec -it deploy/<cluster>-head -- bash');
      process.exitCode = await cluster.attach();
    });
}
