import { createHash } from 'node:crypto';
import { isAtLeast, type ServerBinary } from './server-binary.ts';

export interface ServerSettings {
  readonly host: string;
  /** -1: any free one. */
  readonly port: number;
  readonly token: string;
  readonly serverName: string;
  /** Where the tables lie. */
  readonly storeDirectory: string;
  readonly logFile: string;
  /** Where the server says which ports it got. */
  readonly portsDirectory: string;
  /** Paths of PEM files. */
  readonly tls?: { readonly cert: string; readonly key: string; readonly ca: string };
  readonly cluster?: ServerClusterSettings;
}

/** Servers that form one: none of three is missed. */
export interface ServerClusterSettings {
  /** Where this one listens for the others. */
  readonly port: number;
  /** `host:port` of the others (this one among them does no harm). */
  readonly peers: readonly string[];
}

/** The configuration as a text. Unknown names end an old server, so each version gets what it knows. */
export function serverConfig(settings: ServerSettings, version: ServerBinary['version']): string {
  const { tls, cluster } = settings;
  const lines = [
    `server_name: ${quoted(settings.serverName)}`,
    `host: ${quoted(settings.host)}`,
    `port: ${settings.port}`,
    `ports_file_dir: ${quoted(settings.portsDirectory)}`,
    `log_file: ${quoted(settings.logFile)}`,
    'logfile_size_limit: 10MB',
    'ping_interval: "5s"',
    'ping_max: 2',
    'write_deadline: "5s"',
    // Above the largest value, chunk or answer; the default of every server.
    'max_payload: 1MB',
    `authorization { token: ${quoted(settings.token)}, timeout: 3 }`,
    `jetstream {`,
    `  store_dir: ${quoted(settings.storeDirectory)}`,
    // What was acknowledged is on the disk.
    ...(isAtLeast(version, 2, 10, 0) ? ['  sync_interval: always'] : []),
    '}',
  ];
  if (tls !== undefined) lines.push(`tls ${tlsBlock(tls)}`);
  if (cluster !== undefined) lines.push(...clusterBlock(settings, cluster));
  return `${lines.join('\n')}\n`;
}

function clusterBlock({ host, token, tls }: ServerSettings, { port, peers }: ServerClusterSettings): string[] {
  const password = createHash('sha256').update(`routes of ${token}`).digest('hex');
  return [
    'cluster {',
    '  name: aktis',
    `  host: ${quoted(host)}`,
    `  port: ${port}`,
    `  authorization { user: aktis, password: ${quoted(password)}, timeout: 3 }`,
    `  routes: [${peers.map(peer => quoted(`nats-route://aktis:${password}@${peer}`)).join(', ')}]`,
    ...(tls === undefined ? [] : [`  tls ${tlsBlock(tls, true)}`]),
    '}',
  ];
}

function tlsBlock(tls: NonNullable<ServerSettings['tls']>, verify = false): string {
  const files = `cert_file: ${quoted(tls.cert)}, key_file: ${quoted(tls.key)}, ca_file: ${quoted(tls.ca)}`;
  return `{ ${files}, verify: ${verify}, timeout: 5 }`;
}

/** The format takes the escapes of JSON. */
function quoted(text: string): string {
  return JSON.stringify(text);
}
