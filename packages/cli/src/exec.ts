import type { Command } from 'commander';
import { addFileArgument, localCluster } from './cluster-file/file-argument.ts';

export function configure(command: Command): void {
  addFileArgument(command)
    .argument('<command...>', 'for a shell on the head; AKTIS_ADDRESS is set there')
    .description('Runs a command on the head of a cluster, shows what it writes, and ends with its exit code.')
    .passThroughOptions()
    .addHelpText('after', "\nExamples:\n  $ aktis exec cluster.yaml 'aktis run train.ts --epochs 3'")
    .action(async (path: string, words: string[]) => {
      const cluster = await localCluster(path, 'exec', 'kubectl exec deploy/<cluster>-head -- …');
      process.exitCode = await cluster.exec(words.join(' '));
    });
}
