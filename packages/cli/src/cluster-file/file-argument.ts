import type { Command } from 'commander';
import type { LocalCluster } from './local-cluster.ts';

/** Adds the argument every command about a cluster file takes. */
export function addFileArgument(command: Command): Command {
  return command.argument('<cluster.yaml>', 'the cluster file');
}

/** The cluster of a file whose machines are reached by ssh; `instead` says what Kubernetes has for `what`. */
export async function localCluster(path: string, what: string, instead: string): Promise<LocalCluster> {
  const [{ readClusterFile, isKubernetes }, { LocalCluster }, { AktisError }] = await Promise.all([
    import('./cluster-file.ts'),
    import('./local-cluster.ts'),
    import('@aktis/core'),
  ]);
  const file = readClusterFile(path);
  if (isKubernetes(file)) {
    throw new AktisError(
      `aktis ${what} is for the provider "local"; a cluster in Kubernetes is reached by "${instead}"`,
    );
  }
  return new LocalCluster(file, path);
}
