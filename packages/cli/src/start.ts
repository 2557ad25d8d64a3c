import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import type { ClusterAccess, DaemonFacts, DaemonSettings, DashboardSettings } from '@aktis/cluster';
import { type Command, InvalidArgumentError } from 'commander';

interface Settings {
  readonly head?: boolean;
  readonly address?: string;
  readonly nats?: string;
  readonly controlServers?: string;
  readonly port: number;
  readonly host: string;
  readonly nodeName?: string;
  readonly numCpus?: number;
  readonly numGpus?: number;
  readonly memory?: number;
  readonly objectStoreMemory?: number;
  readonly resources?: Record<string, number>;
  readonly labels?: readonly string[];
  readonly sessionDir?: string;
  readonly tokenFile?: string;
  readonly caFile?: string;
  readonly tls?: boolean;
  readonly dashboard: boolean;
  readonly dashboardHost: string;
  readonly dashboardPort: number;
  /** True: where histories usually are. */
  readonly history?: string | true;
  readonly block?: boolean;
}

export function configure(command: Command): void {
  command
    .description(
      'Starts a node and leaves it running. With --head it is the first of a new cluster, and starts its control store: a ' +
        'nats-server of its own. With --address it joins a cluster. Returns when the node is usable. The control store can ' +
        'also be three servers, none of which is missed (--control-servers), or a NATS that others run (--nats).',
    )
    .option('--head', 'start a cluster')
    .option('--address <host:port>', 'join the cluster whose control store is there; with --head become its head')
    .option(
      '--nats <url>',
      'use a NATS that others run: nats://[token@ or user:password@]host:4222, several with commas',
    )
    .option('--control-servers <a,b,c>', 'run one of three control servers: host:port of all of them, the same on each')
    .option('--port <port>', 'where its control server listens; 0: any free port', port, 6379)
    .option('--host <host>', 'address of this machine to listen on; beyond loopback with TLS', '127.0.0.1')
    .option('--tls', 'with --head: encrypt also on loopback')
    .option('--ca-file <file>', 'certificate of a head that uses TLS (default: AKTIS_CA_FILE)')
    .option('--node-name <name>', 'name of the node (default: the host name)')
    .option('--num-cpus <n>', 'CPUs it offers (default: all)', amount)
    .option('--num-gpus <n>', 'GPUs it offers (default: 0)', amount)
    .option('--memory <bytes>', 'memory it offers (default: 70 % of what the machine has)', amount)
    .option(
      '--object-store-memory <bytes>',
      'objects above this go to disk (default: 30 % of what the machine has)',
      amount,
    )
    .option('--resources <json>', 'custom resources it offers', resources)
    .option('--labels <key=value...>', 'labels of the node')
    .option('--session-dir <dir>', 'where its files are (default: below AKTIS_HOME or ~/.aktis)')
    .option('--token-file <file>', 'the secret of the cluster (default: AKTIS_TOKEN; a new cluster makes one)')
    .option('--dashboard-host <host>', 'with --head: where the dashboard listens', '127.0.0.1')
    .option('--dashboard-port <port>', 'with --head: its port; if taken, the next; 0: any', port, 8265)
    .option('--no-dashboard', 'with --head: none')
    .option('--history [dir]', 'with --head: keep on disk what happens (default: history in AKTIS_HOME or ~/.aktis)')
    .option('--block', 'stay in front; Ctrl-C ends the node')
    .addHelpText(
      'after',
      '\nExamples:\n  $ aktis start --head\n  $ aktis start --address 127.0.0.1:6379 --num-cpus 4 --resources \'{"tpu": 1}\'\n  $ aktis start --head --nats nats://secret@nats.example:4222\n  $ aktis start --head --host 10.0.0.1 --control-servers 10.0.0.1,10.0.0.2,10.0.0.3\n  $ aktis start --head --port 7000 --session-dir /var/lib/aktis --block',
    )
    .action((given: Settings) => start(command, given));
}

async function start(command: Command, given: Settings): Promise<void> {
  const places = [given.address, given.nats, given.controlServers].filter(place => place !== undefined);
  if (places.length > 1 || (places.length === 0 && given.head !== true)) {
    command.error(
      'error: say --head, to start a cluster, or --address host:port, to join one; and only one of --address, --nats and ' +
        '--control-servers',
      { exitCode: 2 },
    );
  }
  if (['0.0.0.0', '::', ''].includes(given.host)) {
    command.error(`error: --host ${given.host}: name one address of this machine, which the other nodes can reach`, {
      exitCode: 2,
    });
  }
  if (given.history !== undefined && (given.head !== true || !given.dashboard)) {
    command.error('error: --history is for a head with its dashboard, which writes it', { exitCode: 2 });
  }
  const labels = given.labels?.map(label => pair(command, label));
  const settings = await complete(given, labels);
  const { Daemon, endOnSignals, launchDaemon } = await import('@aktis/cluster');
  if (given.block !== true) {
    const facts = await launchDaemon(settings, tellOnce());
    console.log(await describe(facts));
    return;
  }
  const daemon = await Daemon.start(settings, { waiting: tellOnce() });
  endOnSignals(daemon);
  console.log(await describe(daemon.introduction()));
  const problem = await daemon.ended;
  if (problem !== undefined) console.error(`aktis start: ${problem}`);
  process.exit(problem === undefined ? 0 : 1);
}

/** Prints what a start waits for, when it is something new. */
function tellOnce(): (text: string) => void {
  let last = '';
  return text => {
    if (text !== last) console.error(`Waiting for ${text}`);
    last = text;
  };
}

async function complete(given: Settings, labels: [string, string][] | undefined): Promise<DaemonSettings> {
  const { host, numCpus, numGpus, memory, objectStoreMemory, resources, nodeName } = given;
  const { newToken, readToken, serverGroup, sessionDirectory } = await import('@aktis/cluster');
  const isHead = given.head === true;
  const place = await controlStorePlace(given);
  const among =
    given.controlServers === undefined ? undefined : serverGroup(given.controlServers.split(','), host, given.port);
  const runsServer = place === undefined;
  const port = among === undefined ? given.port : Number(among.own.slice(among.own.lastIndexOf(':') + 1));
  const directory = sessionDirectory(
    given.sessionDir,
    runsServer ? { port, isOfThree: among !== undefined } : undefined,
  );
  const address = place ?? among?.addresses.join(',') ?? `${host}:${port || 1}`;
  const access = await accessTo(address, given);
  const isGiven = given.tokenFile !== undefined || Boolean(process.env.AKTIS_TOKEN);
  // Who runs a server and comes back has the token it had, unless it is given another.
  const kept = isGiven || !runsServer ? undefined : readToken(directory);
  const token = kept ?? access.token ?? (isHead ? newToken() : undefined);
  if (token === undefined) throw await missingToken(access, place !== undefined);
  const usesTls = given.tls === true || !isLoopback(host);
  if (!runsServer && !isLoopback(host) && !access.tls) throw await missingCertificate(access.address);
  if (given.address !== undefined && isLoopback(host)) await assertOnSameMachine(access);
  const login = { tls: access.tls, ...(access.credentials && { credentials: access.credentials }) };
  return {
    directory,
    isHead,
    token,
    host,
    ...(access.ca !== undefined && { ca: access.ca }),
    ...(runsServer
      ? { server: { port, tls: usesTls, ...(among && { among: among.addresses }) } }
      : { address: access.address, ...((login.tls && !access.ca) || login.credentials ? { login } : {}) }),
    ...(isHead && given.dashboard && { dashboard: dashboardOf(given) }),
    ...(nodeName !== undefined && { name: nodeName }),
    ...(numCpus !== undefined && { numCpus }),
    ...(numGpus !== undefined && { numGpus }),
    ...(memory !== undefined && { memory }),
    ...(objectStoreMemory !== undefined && { objectStoreMemory }),
    ...(resources !== undefined && { resources }),
    ...(labels !== undefined && { labels: Object.fromEntries(labels) }),
  };
}

function dashboardOf({ dashboardHost: host, dashboardPort: port, history }: Settings): DashboardSettings {
  const keeps = history !== undefined || process.env.AKTIS_HISTORY === '1';
  const kept = typeof history === 'string' ? { directory: resolve(history) } : {};
  return { module: import.meta.resolve('@aktis/dashboard'), host, port, ...(keeps && { history: kept }) };
}

/** Where the control store is, when this node runs none. */
async function controlStorePlace({ address, nats }: Settings): Promise<string | undefined> {
  if (nats === undefined) return address;
  const { parseNatsAddress, usualNatsPort } = await import('@aktis/cluster');
  const { servers, tls, token, user, pass } = parseNatsAddress(nats, usualNatsPort);
  const login = [user ?? token, pass].flatMap(part => (part === undefined ? [] : encodeURIComponent(part))).join(':');
  return servers.map(server => `${tls ? 'tls' : 'nats'}://${login === '' ? '' : `${login}@`}${server}`).join(',');
}

async function accessTo(address: string, { tokenFile, caFile, head, nats, address: joined }: Settings) {
  const { findAccess } = await import('@aktis/cluster');
  const access = findAccess({ address, tokenFile, caFile });
  // A new cluster at a place where there was one does not take its token, unless it comes back to its own directory.
  const isNew = head === true && nats === undefined && joined === undefined;
  const isGiven = tokenFile !== undefined || Boolean(process.env.AKTIS_TOKEN);
  return isNew && !isGiven ? { ...access, token: undefined } : access;
}

/** Where nothing listens, that is what there is to say, and no token helps. */
async function missingToken(access: ClusterAccess, joins: boolean): Promise<Error> {
  const { AuthenticationError, ClusterUnreachableError } = await import('@aktis/core');
  const { address } = access;
  if (joins) {
    const { openStore } = await import('@aktis/cluster');
    const refusal = await openStore(access, { name: `cli-${process.pid}` }).then(
      store => store.close(),
      (error: unknown) => error,
    );
    if (refusal instanceof ClusterUnreachableError) return refusal;
  }
  return new AuthenticationError(
    `The token of the cluster at ${address} is not known here. Give it with AKTIS_TOKEN or --token-file; "aktis start ` +
      '--head" printed where it is',
  );
}

async function missingCertificate(address: string): Promise<Error> {
  const { InvalidOptionError } = await import('@aktis/core');
  return new InvalidOptionError(
    `A node listens beyond loopback only with TLS: give the certificate of the head at ${address} with --ca-file. The head must ` +
      'have been started with --host or --tls, and printed where it is',
  );
}

/** A node that only its own machine can reach is of no use to a cluster on another one, and harm: work would be sent to it. */
async function assertOnSameMachine(access: ClusterAccess): Promise<void> {
  const { ownAddress } = await import('@aktis/cluster');
  const own = await ownAddress(access);
  if (isLoopback(own)) return;
  const { InvalidOptionError } = await import('@aktis/core');
  throw new InvalidOptionError(
    `The cluster at ${access.address} is reached over a network, and so must this node be: give the address of this machine that ` +
      `others can reach, which seems to be --host ${own}`,
  );
}

async function describe(facts: DaemonFacts): Promise<string> {
  const { name, nodeId, address, directory, isHead, runsServer, dashboardLink } = facts;
  const { caFile, tokenFile } = await import('@aktis/cluster');
  const hasCa = existsSync(caFile(directory));
  const isFar = hasCa && !isLoopback(address.replace(/:\d+(,.*)?$/, ''));
  const lines = [
    isHead ? `The cluster is up at ${address}.` : `The node has joined the cluster at ${address}.`,
    `  Node:     ${name} (${nodeId})`,
    `  Join:     aktis start --address ${address}${isFar ? ' --host …' : ''}${hasCa ? ' --ca-file …' : ''}`,
    `  Connect:  await init({ address: '${address}' })   or, on this machine, 'auto'`,
    `  Token:    ${tokenFile(directory)}`,
    ...(hasCa ? [`  CA:       ${caFile(directory)}   (for --ca-file, or AKTIS_CA_FILE)`] : []),
    ...(runsServer && address.includes(',') ? ['  Control:  one of the three servers; two must be up'] : []),
    `  Session:  ${directory}`,
    '  Look:     aktis status',
    ...(dashboardLink === undefined ? [] : [`  View the dashboard at ${dashboardLink}`]),
    `  End:      aktis stop${runsServer ? '' : ` --session ${directory}`}`,
  ];
  return lines.join('\n');
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127(?:\.\d+){3}$/.test(host);
}

function pair(command: Command, label: string): [string, string] {
  const at = label.indexOf('=');
  if (at <= 0) command.error(`error: --labels ${label}: write key=value`, { exitCode: 2 });
  return [label.slice(0, at), label.slice(at + 1)];
}

function port(text: string): number {
  const number = Number(text);
  if (!Number.isInteger(number) || number < 0 || number > 65_535)
    throw new InvalidArgumentError('It must be 0 to 65535.');
  return number;
}

function amount(text: string): number {
  const number = Number(text);
  if (text.trim() === '' || !(number >= 0 && Number.isFinite(number))) {
    throw new InvalidArgumentError('It must be a number, 0 or more.');
  }
  return number;
}

function resources(text: string): Record<string, number> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    value = undefined;
  }
  const isMap = typeof value === 'object' && value !== null && !Array.isArray(value);
  if (!isMap || !Object.values(value as object).every(each => typeof each === 'number' && each >= 0)) {
    throw new InvalidArgumentError('It must be JSON that names amounts, such as {"tpu": 1}.');
  }
  return value as Record<string, number>;
}
