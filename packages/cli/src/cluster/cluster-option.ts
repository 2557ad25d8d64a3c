import type { ControlStore } from '@aktis/cluster';
import type { Command } from 'commander';

/** What says which cluster a command is for. */
export interface ClusterChoice {
  readonly address?: string;
  readonly tokenFile?: string;
  readonly caFile?: string;
}

export function addClusterOptions(
  command: Command,
  addressHelp = 'host:port of the cluster (default: AKTIS_ADDRESS, else the newest node started here)',
): Command {
  return command
    .option('--address <address>', addressHelp)
    .option('--token-file <file>', 'where the token is (default: AKTIS_TOKEN, else what "aktis start" left here)')
    .option(
      '--ca-file <file>',
      'certificate of a head that uses TLS (default: AKTIS_CA_FILE, else what "aktis start" left here)',
    );
}

/** Connects to the control store of the cluster for as long as `use` needs it. */
export async function withCluster<T>(
  { address, tokenFile, caFile }: ClusterChoice,
  use: (store: ControlStore, address: string) => Promise<T>,
): Promise<T> {
  const { findAccess, openStore } = await import('@aktis/cluster');
  const access = findAccess({ address, tokenFile, caFile });
  const store = await openStore(access, { name: `cli-${process.pid}` });
  try {
    return await use(store, access.address);
  } finally {
    await store.close();
  }
}
