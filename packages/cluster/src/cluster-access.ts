import { readFileSync } from 'node:fs';
import { AuthenticationError, ClusterUnreachableError, InvalidOptionError } from '@aktis/core';
import type { TcpSecurity } from '@aktis/transport/tcp';
import { parseNatsAddress } from './nats/nats-address.ts';
import { NatsControlStore } from './nats/nats-control-store.ts';
import { knownSessions, livingSessions, readToken } from './session/sessions.ts';

/** Which cluster is meant, as far as somebody said so. */
export interface Wanted {
  /** `host:port`, `nats://…` or `auto`. Default: `AKTIS_ADDRESS`, else `auto`. */
  readonly address?: string | undefined;
  /** Default: `AKTIS_TOKEN`, else what a session of this user knows. */
  readonly token?: string | undefined;
  readonly tokenFile?: string | undefined;
}

/** Where a cluster is, and what lets in. */
export interface ClusterAccess {
  /** As its head listens: `host:port`, or several with commas between. */
  readonly address: string;
  readonly tls: boolean;
  readonly token: string | undefined;
}

/** @throws ClusterUnreachableError when it is to be found and no session of this user runs here. */
export function findAccess({ address, token, tokenFile }: Wanted): ClusterAccess {
  const named = [address, process.env.AKTIS_ADDRESS].find(given => given && given !== 'auto') ?? newestAddress();
  const { servers, tls, token: inAddress } = parseNatsAddress(named);
  const found =
    token ??
    (tokenFile === undefined ? undefined : readTokenFile(tokenFile)) ??
    inAddress ??
    (process.env.AKTIS_TOKEN || undefined) ??
    tokenOfSession(servers);
  return { address: servers.join(','), tls, token: found };
}

/** Connects to its control store. Rejects with `ClusterUnreachableError` within 10 s, or with `AuthenticationError`. */
export async function openStore(
  { address, tls, token }: ClusterAccess,
  options: { readonly name: string; readonly keepsProcessAlive?: boolean },
): Promise<NatsControlStore> {
  const servers = address.split(',').map(server => `${tls ? 'tls' : 'nats'}://${server}`);
  return NatsControlStore.connect({ servers, ...(token !== undefined && { token }), ...options });
}

/** What links between nodes trust. */
export function linkSecurity({ address, token }: ClusterAccess): TcpSecurity {
  if (token !== undefined) return { token };
  throw new AuthenticationError(
    `The NATS server at ${address} lets everybody in, but nodes trust each other by a token: give one, AKTIS_TOKEN or --token-file`,
  );
}

function newestAddress(): string {
  const [newest] = livingSessions();
  if (newest !== undefined) return newest.address;
  throw new ClusterUnreachableError(
    'No node of a cluster was started by this user on this machine. Start one: aktis start --head; or name a cluster: ' +
      '--address host:port, AKTIS_ADDRESS or init({ address })',
  );
}

function readTokenFile(path: string): string {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch (cause) {
    throw new InvalidOptionError(`The token file ${path} cannot be read: ${(cause as Error).message}`, { cause });
  }
}

/** Sessions that have ended count, too: their cluster may go on elsewhere. */
function tokenOfSession(servers: readonly string[]): string | undefined {
  const wanted = new Set(servers.map(sameHost));
  const session = knownSessions().find(({ address }) => address.split(',').some(each => wanted.has(sameHost(each))));
  return session && readToken(session.directory);
}

function sameHost(address: string): string {
  return address.replace(/^localhost:/, '127.0.0.1:');
}
