import type { Command } from 'commander';
import type { ClusterFile } from './cluster-file.ts';
import type { LocalCluster } from './local-cluster.ts';

/** Adds the argument every command about a cluster file takes. */
export function addFileArgument(command: Command): Command {
  return command.argument('<cluster.yaml>', 'the cluster file');
}

export async function readFile(path: string): Promise<ClusterFile> {
  const { readClusterFile } = await import('./cluster-file.ts');
  return readClusterFile(path);
}

/** The cluster of a file whose machines are reached by ssh; `instead` says what Kubernetes has for `what`. */
export async function localCluster(path: string, what: string, instead: string): Promise<LocalCluster> {
  const [file, { LocalCluster }, { AktisError }] = await Promise.all([
    readFile(path),
    import('./local-cluster.ts'),
    import('@aktis/core'),
  ]);
  if ('image' in file.provider) {
    throw new AktisError(
      `aktis ${what} is for the provider "local"; a cluster in Kubernetes is reached by "${instead}"`,
    );
  }
  return new LocalCluster(file as ConstructorParameters<typeof LocalCluster>[0], path);
}
