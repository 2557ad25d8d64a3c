import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { AuthenticationError, ClusterUnreachableError, InvalidOptionError } from '@aktis/core';
import { type ClusterAccess, openStore } from '../cluster-access.ts';
import type { ControlStore } from '../control-store.ts';
import { NatsConnection } from '../nats/nats-connection.ts';
import { NatsServer } from '../nats/nats-server.ts';
import { keepToGroup, portOf, type ServerGroup, serverGroup } from '../nats/server-group.ts';
import { privateDirectory } from '../private-files.ts';
import { type Certificate, makeCertificate } from '../session/certificate.ts';
import {
  caFile,
  certificateFiles,
  headCertificate,
  readAuthority,
  serverCertificate,
  tokenFile,
  writeAuthority,
  writeCa,
} from '../session/sessions.ts';
import { askForAuthority, serveAuthority } from './authority.ts';
import type { DaemonSettings, ServerRole } from './settings.ts';

/** For so long a control server waits for the others. */
const PATIENCE_MS = 10 * 60_000;
const RETRY_MS = 250;

/**
 * The nats-server that a node runs: the only one of its cluster, or one of three. Of three, two must be up; when the
 * cluster begins, all.
 */
export class ControlServer {
  readonly server: NatsServer;
  /** How this node, and others, get to the control store. */
  readonly access: ClusterAccess;
  /** Where this server is reached. */
  readonly address: string;
  readonly #settings: DaemonSettings;
  readonly #group: ServerGroup | undefined;
  readonly #authority: NatsConnection | undefined;

  private constructor(
    settings: DaemonSettings,
    server: NatsServer,
    access: ClusterAccess,
    group: ServerGroup | undefined,
    authority: NatsConnection | undefined,
  ) {
    this.#settings = settings;
    this.server = server;
    this.access = access;
    this.#group = group;
    this.#authority = authority;
    this.address = group?.own ?? server.url.replace(/^\w+:\/\//, '');
  }

  /** Resolves when it runs: the others may not yet. `waiting` is told what it waits for. */
  static async start(
    settings: DaemonSettings & { readonly server: ServerRole },
    onGivenUp: (reason: string) => void,
    waiting: (text: string) => void,
  ): Promise<ControlServer> {
    const { directory, host, token, server: role } = settings;
    const group = role.among === undefined ? undefined : serverGroup(role.among, host, role.port);
    privateDirectory(join(directory, 'nats'));
    keepToGroup(directory, group?.addresses ?? []);
    const authority = await prepareTls(settings, group, waiting);
    const [cert, key] = certificateFiles(directory);
    const server = await NatsServer.start({
      directory,
      host,
      port: group === undefined ? role.port : portOf(group.own),
      token,
      onGivenUp,
      ...(group !== undefined && { serverName: group.serverName, cluster: group.routes }),
      ...(role.tls && { tls: { cert, key, ca: caFile(directory) } }),
    });
    try {
      const serving =
        group === undefined || authority === undefined ? undefined : await serveAuthority(server.url, token, authority);
      const address = group?.addresses.join(',') ?? server.url.replace(/^\w+:\/\//, '');
      const access: ClusterAccess = { address, tls: role.tls, token, ca: authority?.cert };
      return new ControlServer(settings, server, access, group, serving);
    } catch (error) {
      await server.stop();
      throw error;
    }
  }

  get isOfThree(): boolean {
    return this.#group !== undefined;
  }

  /** Resolves with the tables, when as many of the servers are up as they need. */
  async open(name: string, waiting: (text: string) => void): Promise<ControlStore> {
    if (this.#group === undefined) return openStore(this.access, { name, replicas: 1 });
    const { others, addresses } = this.#group;
    for (const end = performance.now() + PATIENCE_MS; ; ) {
      const missing = await this.#missing(others);
      try {
        if (missing.length < 2) return await openStore(this.access, { name, replicas: 3 });
        throw new ClusterUnreachableError(`${missing.join(' and ')} are not up`);
      } catch (error) {
        if (!(error instanceof ClusterUnreachableError) || performance.now() > end) throw error;
        waiting(
          missing.length === 0 ? 'the control servers to agree on a leader' : this.#howToStart(missing, addresses),
        );
      }
      await setTimeout(RETRY_MS);
    }
  }

  #howToStart(missing: readonly string[], addresses: readonly string[]): string {
    const { directory } = this.#settings;
    const ca = this.access.tls ? ` --ca-file ${caFile(directory)}` : '';
    return (
      `the control ${missing.length === 1 ? 'server' : 'servers'} ${missing.join(' and ')}. Start there: aktis start ` +
      `--control-servers ${addresses.join(',')} --token-file ${tokenFile(directory)}${ca}, with copies of these files`
    );
  }

  async stop(): Promise<void> {
    await this.#authority?.close();
    await this.server.stop();
  }

  /** Which of the others do not answer. Rejects when one of them has another token or certificate. */
  async #missing(others: readonly string[]): Promise<string[]> {
    const { tls, token, ca } = this.access;
    const missing = await Promise.all(
      others.map(async address => {
        const connecting = NatsConnection.open({
          servers: `${tls ? 'tls' : 'nats'}://${address}`,
          name: 'neighbour',
          ...(token !== undefined && { token }),
          ...(ca !== undefined && { tls: { ca } }),
        });
        try {
          await (await connecting).close();
          return [];
        } catch (error) {
          if (error instanceof AuthenticationError || /not trusted/.test((error as Error).message)) throw error;
          return [address];
        }
      }),
    );
    return missing.flat();
  }
}

/** Makes the certificates the server needs; what signs them, or undefined when there is no TLS. */
async function prepareTls(
  { directory, host, token, isHead, ca, server: { tls } }: DaemonSettings & { readonly server: ServerRole },
  group: ServerGroup | undefined,
  waiting: (text: string) => void,
): Promise<Certificate | undefined> {
  if (!tls) {
    writeCa(directory, undefined);
    return undefined;
  }
  if (group === undefined) {
    const own = await headCertificate(directory, host);
    writeCa(directory, own.cert);
    return own;
  }
  let authority = readAuthority(directory);
  if (authority === undefined) {
    if (ca !== undefined) {
      authority = await askForAuthority(group.others, token, ca, PATIENCE_MS, () =>
        waiting(`one of the control servers ${group.others.join(' and ')}, for a certificate`),
      );
    } else if (isHead) authority = await makeCertificate('aktis cluster', host);
    else {
      throw new InvalidOptionError(
        'Control servers beyond loopback use TLS: give the certificate that "aktis start --head --control-servers …" printed ' +
          'on the first of them: --ca-file',
      );
    }
    writeAuthority(directory, authority);
  }
  await serverCertificate(directory, host, authority);
  return authority;
}
