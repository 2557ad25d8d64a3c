import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { AuthenticationError, ClusterUnreachableError, InvalidOptionError } from '@aktis/core';
import type { TcpSecurity } from '@aktis/transport/tcp';
import { type NatsAddress, parseNatsAddress } from './nats/nats-address.ts';
import { NatsControlStore } from './nats/nats-control-store.ts';
import { makeCertificate } from './session/certificate.ts';
import {
  knownSessions,
  livingSessions,
  type NatsCredentials,
  readCa,
  readLogin,
  readToken,
} from './session/sessions.ts';

/** A network that drops what it should carry says nothing. */
const OWN_ADDRESS_LIMIT_MS = 5_000;

/** Which cluster is meant, as far as somebody said so. */
export interface Wanted {
  /** `host:port`, `nats://…` or `auto`. Default: `AKTIS_ADDRESS`, else `auto`. */
  readonly address?: string | undefined;
  /** Default: `AKTIS_TOKEN`, else what a session of this user knows. */
  readonly token?: string | undefined;
  readonly tokenFile?: string | undefined;
  /** The certificate of a head that uses TLS. Default: `AKTIS_CA_FILE`, else what a session of this user knows. */
  readonly caFile?: string | undefined;
}

/** Where a cluster is, and what lets in. */
export interface ClusterAccess {
  /** As its head listens: `host:port`, or several with commas between. */
  readonly address: string;
  readonly tls: boolean;
  /** Of the cluster: what nodes know each other by. */
  readonly token: string | undefined;
  /** What a NATS that others run lets in with, where that is not the token. */
  readonly credentials?: NatsCredentials | undefined;
  /** PEM: the certificate to trust. */
  readonly ca: string | undefined;
}

/** @throws ClusterUnreachableError when it is to be found and no session of this user runs here. */
export function findAccess({
  address,
  token,
  tokenFile,
  caFile = process.env.AKTIS_CA_FILE || undefined,
}: Wanted): ClusterAccess {
  const wanted = [address, process.env.AKTIS_ADDRESS].find(given => given && given !== 'auto') ?? newestAddress();
  const { servers, tls, ...named } = parseNatsAddress(wanted);
  const known = sessionOf(servers, readLogin);
  const credentials = credentialsOf(named) ?? known?.credentials;
  const found =
    token ??
    (tokenFile === undefined ? undefined : readText(tokenFile, 'token file').trim()) ??
    (process.env.AKTIS_TOKEN || undefined) ??
    named.token ??
    sessionOf(servers, readToken);
  const ca = caFile === undefined ? sessionOf(servers, readCa) : readText(caFile, 'certificate');
  const usesTls = tls || ca !== undefined || known?.tls === true;
  return { address: servers.join(','), tls: usesTls, token: found, ca, ...(credentials && { credentials }) };
}

/** Connects to its control store. Rejects with `ClusterUnreachableError` within 10 s, or with `AuthenticationError`. */
export async function openStore(
  { address, tls, token, ca, credentials }: ClusterAccess,
  options: { readonly name: string; readonly keepsProcessAlive?: boolean; readonly replicas?: 1 | 3 },
): Promise<NatsControlStore> {
  const servers = address.split(',').map(server => `${tls ? 'tls' : 'nats'}://${server}`);
  return NatsControlStore.connect({
    servers,
    ...(token !== undefined && { token }),
    ...(credentials !== undefined && { credentials }),
    ...(ca !== undefined && { tls: { ca } }),
    ...options,
  });
}

/** What links between nodes trust: the token, and with TLS a certificate that this node's record names. */
export async function linkSecurity({ address, token, tls }: ClusterAccess): Promise<TcpSecurity> {
  if (token !== undefined) return tls ? { token, tls: await makeCertificate('aktis node', 'localhost') } : { token };
  throw new AuthenticationError(
    `The NATS server at ${address} lets everybody in, but nodes trust each other by a token: give one, AKTIS_TOKEN or --token-file`,
  );
}

/** The address of this machine that others of the cluster can reach, as far as the way to its head tells. */
export async function ownAddress({ address }: ClusterAccess): Promise<string> {
  const [server = ''] = address.split(',');
  const at = server.lastIndexOf(':');
  const socket = connect({ host: server.slice(0, at).replace(/^\[|\]$/g, ''), port: Number(server.slice(at + 1)) });
  try {
    await once(socket, 'connect', { signal: AbortSignal.timeout(OWN_ADDRESS_LIMIT_MS) });
    return socket.localAddress ?? '127.0.0.1';
  } catch {
    return '127.0.0.1';
  } finally {
    socket.destroy();
  }
}

function credentialsOf({ user, pass, token }: Omit<NatsAddress, 'servers' | 'tls'>): NatsCredentials | undefined {
  if (user !== undefined && pass !== undefined) return { user, pass };
  return token === undefined ? undefined : { token };
}

function newestAddress(): string {
  const [newest] = livingSessions();
  if (newest !== undefined) return newest.address;
  throw new ClusterUnreachableError(
    'No node of a cluster was started by this user on this machine. Start one: aktis start --head; or name a cluster: ' +
      '--address host:port, AKTIS_ADDRESS or init({ address })',
  );
}

function readText(path: string, what: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    throw new InvalidOptionError(`The ${what} ${path} cannot be read: ${(cause as Error).message}`, { cause });
  }
}

/** What a session of this cluster knows. Those that have ended count, too: their cluster may go on elsewhere. */
function sessionOf<T>(servers: readonly string[], read: (directory: string) => T | undefined): T | undefined {
  const wanted = new Set(servers.map(sameHost));
  for (const { address, directory } of knownSessions()) {
    const found = address.split(',').some(each => wanted.has(sameHost(each))) ? read(directory) : undefined;
    if (found !== undefined) return found;
  }
  return undefined;
}

function sameHost(address: string): string {
  return address.replace(/^localhost:/, '127.0.0.1:');
}
