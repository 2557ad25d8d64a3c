import { createHash, randomBytes } from 'node:crypto';
import { lstatSync, readdirSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { privateDirectory, readPrivateFile, writePrivateFile } from '../private-files.ts';
import { aktisHome } from './aktis-home.ts';
import { type Certificate, isSignedBy, makeCertificate, servesFor } from './certificate.ts';
import { isRunning, type ProcessIdentity, thisProcess } from './process-identity.ts';
import { SessionInUseError } from './session-lock.ts';

/** Logs of a node that has ended are kept so long. */
const KEPT_MS = 3 * 24 * 3_600_000;

/** A node that `aktis start` left on this machine, or one that ended without a word. */
export interface SessionRecord {
  readonly directory: string;
  /** Of the daemon. */
  readonly process: ProcessIdentity;
  /** Of the cluster. */
  readonly address: string;
  readonly nodeId: string;
  readonly name: string;
  readonly isHead: boolean;
  /** It runs a nats-server. */
  readonly runsServer: boolean;
  /** ISO 8601. */
  readonly startedAt: string;
}

/** The sessions of this user whose daemons run, the newest first. */
export function livingSessions(): SessionRecord[] {
  return knownSessions().filter(({ process }) => isRunning(process));
}

/** Also those whose daemon is gone. */
export function knownSessions(): SessionRecord[] {
  const folder = registry();
  const records = readdirSync(folder)
    .filter(name => name.endsWith('.json'))
    .flatMap(name => {
      const text = readPrivateFile(join(folder, name));
      return text === undefined ? [] : (JSON.parse(text) as SessionRecord);
    });
  return records.sort((a, b) => (a.startedAt > b.startedAt ? -1 : 1));
}

/** Makes it known that a daemon, this process, has its session there. */
export function registerSession(facts: Omit<SessionRecord, 'process'>): void {
  writePrivateFile(registered(facts.directory), JSON.stringify({ ...facts, process: thisProcess() }));
}

export function forgetSession(directory: string): void {
  rmSync(registered(directory), { force: true });
}

/**
 * The directory of a session to be started, made if need be. Who runs a control server (`server`) comes back to what it
 * left under the same port, as a head or as one of three; other nodes begin anew.
 */
export function sessionDirectory(
  given: string | undefined,
  server: { port: number; isOfThree?: boolean } | undefined,
): string {
  if (given !== undefined) return free(privateDirectory(resolve(given)));
  const sessions = privateDirectory(join(privateDirectory(aktisHome()), 'sessions'));
  removeOld(sessions);
  const begun = new Date().toISOString().replace(/[:.]/g, '-');
  const kind = server === undefined ? 'node' : server.isOfThree === true ? 'server' : 'head';
  const name = `${kind}-${server?.port || `${begun}-${process.pid}`}`;
  return free(privateDirectory(join(sessions, name)));
}

function free(directory: string): string {
  const owner = livingSessions().find(session => session.directory === directory);
  if (owner === undefined) return directory;
  const { name, process, address, isHead } = owner;
  throw new SessionInUseError(
    `${isHead ? 'The head' : 'The node'} ${name} of the cluster at ${address} runs in ${directory} (pid ${process.pid}): ` +
      'end it with "aktis stop", or choose another --session-dir or --port',
  );
}

/** Removes what nodes left that ended days ago. Heads' directories stay: they hold the cluster's data. */
function removeOld(sessions: string): void {
  const inUse = new Set(livingSessions().map(({ directory }) => directory));
  for (const name of readdirSync(sessions)) {
    const directory = join(sessions, name);
    if (!name.startsWith('node-') || inUse.has(directory)) continue;
    const log = lstatSync(join(directory, 'daemon.log'), { throwIfNoEntry: false });
    const lastSign = (log ?? lstatSync(directory, { throwIfNoEntry: false }))?.mtimeMs;
    if (lastSign === undefined || Date.now() - lastSign < KEPT_MS) continue;
    rmSync(directory, { recursive: true, force: true });
    forgetSession(directory);
  }
}

/** The token of the cluster whose node has its session there. */
export function readToken(directory: string): string | undefined {
  return readPrivateFile(tokenFile(directory))?.trim();
}

export function writeToken(directory: string, token: string): void {
  writePrivateFile(tokenFile(directory), `${token}\n`);
}

/** The certificate to trust, if the cluster uses TLS. */
export function readCa(directory: string): string | undefined {
  return readPrivateFile(caFile(directory));
}

/** As they stand in the URL of a NATS server. */
export type NatsCredentials = { readonly user: string; readonly pass: string } | { readonly token: string };

/** How to get into a NATS that others run, beyond what its address says. */
export interface NatsLogin {
  readonly tls: boolean;
  /** Undefined: the cluster's token. */
  readonly credentials?: NatsCredentials;
}

export function readLogin(directory: string): NatsLogin | undefined {
  const text = readPrivateFile(loginFile(directory));
  return text === undefined ? undefined : (JSON.parse(text) as NatsLogin);
}

/** Undefined: it is the nats-server of a head. */
export function writeLogin(directory: string, login: NatsLogin | undefined): void {
  if (login === undefined) rmSync(loginFile(directory), { force: true });
  else writePrivateFile(loginFile(directory), JSON.stringify(login));
}

function loginFile(directory: string): string {
  return join(directory, 'nats-login.json');
}

/** Undefined: the cluster uses no TLS any more. */
export function writeCa(directory: string, ca: string | undefined): void {
  if (ca === undefined) rmSync(caFile(directory), { force: true });
  else writePrivateFile(caFile(directory), ca);
}

export function caFile(directory: string): string {
  return join(directory, 'ca.pem');
}

/** The certificate of the head that has its session there: the same as long as it listens on `host`. */
export async function headCertificate(directory: string, host: string): Promise<Certificate> {
  const [certFile, keyFile] = certificateFiles(directory);
  const [cert, key] = [readPrivateFile(certFile), readPrivateFile(keyFile)];
  if (cert !== undefined && key !== undefined && servesFor({ cert, key }, host)) return { cert, key };
  const made = await makeCertificate('aktis head', host);
  writePrivateFile(certFile, made.cert);
  writePrivateFile(keyFile, made.key);
  return made;
}

/** What signs the certificates of three control servers, as one of them keeps it. */
export function readAuthority(directory: string): Certificate | undefined {
  const [cert, key] = [readCa(directory), readPrivateFile(authorityKeyFile(directory))];
  return cert === undefined || key === undefined ? undefined : { cert, key };
}

export function writeAuthority(directory: string, { cert, key }: Certificate): void {
  writeCa(directory, cert);
  writePrivateFile(authorityKeyFile(directory), key);
}

function authorityKeyFile(directory: string): string {
  return join(directory, 'ca-key.pem');
}

/** The certificate of one of three control servers: the same as long as it listens on `host`. */
export async function serverCertificate(directory: string, host: string, authority: Certificate): Promise<void> {
  const [certFile, keyFile] = certificateFiles(directory);
  const [cert, key] = [readPrivateFile(certFile), readPrivateFile(keyFile)];
  if (cert !== undefined && key !== undefined && servesFor({ cert, key }, host) && isSignedBy(cert, authority.cert))
    return;
  const made = await makeCertificate('aktis control server', host, authority);
  writePrivateFile(certFile, made.cert);
  writePrivateFile(keyFile, made.key);
}

/** Where it is. */
export function certificateFiles(directory: string): [cert: string, key: string] {
  return [join(directory, 'head-cert.pem'), join(directory, 'head-key.pem')];
}

export function newToken(): string {
  return randomBytes(24).toString('base64url');
}

export function tokenFile(directory: string): string {
  return join(directory, 'token');
}

function registry(): string {
  return privateDirectory(join(privateDirectory(aktisHome()), 'run'));
}

function registered(directory: string): string {
  return join(registry(), `${createHash('sha256').update(directory).digest('hex').slice(0, 16)}.json`);
}
