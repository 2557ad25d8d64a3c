import { connect, type OnReadOpts, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { AuthenticationError } from '../authentication-error.ts';
import { ConnectionError, PeerMismatchError } from './connection-errors.ts';
import { type Frame, FrameKind, MAX_HANDSHAKE_BYTES } from './frame.ts';
import { FrameConnection } from './frame-connection.ts';
import {
  agree,
  type Hello,
  helloText,
  isProof,
  parseHello,
  parseRefusal,
  proofOf,
  understandEachOther,
} from './handshake.ts';
import type { Channel, TcpIdentity, TcpPeer, TcpSecurity } from './identity.ts';
import { defaultTcpLimits, type TcpLimits } from './limits.ts';
import { whenPatienceEnds } from './patience.ts';
import { TcpLink } from './tcp-link.ts';
import { bindingOf, fingerprintOf, plainFingerprint, tlsOptions } from './tls-session.ts';

export interface ConnectTcpOptions {
  readonly host: string;
  readonly port: number;
  readonly channel: Channel;
  readonly identity: TcpIdentity;
  readonly security: TcpSecurity;
  /** Who must answer. `fingerprint`: SHA-256 of the certificate in hexadecimal, with or without colons; only with TLS. */
  readonly expect?: { readonly nodeId?: string; readonly fingerprint?: string };
  /** Milliseconds until both ends must have shaken hands; what this process spends busy does not count. Default 5000. */
  readonly timeout?: number;
  readonly signal?: AbortSignal;
  readonly limits?: Partial<TcpLimits>;
}

export interface TcpConnection {
  /** Set its handlers in the turn in which you get it. */
  readonly link: TcpLink;
  readonly peer: TcpPeer;
}

/**
 * Connects to a node that listens with `listenTcp`. Resolves when both ends have proven that they know the token.
 *
 * @throws AuthenticationError when the tokens differ or there is none
 * @throws PeerMismatchError when another node, certificate or version answers than expected
 * @throws ConnectionError when nobody answers, not in time, or not as a node does
 * @throws the signal's reason when it aborts
 *
 * @example
 * const { link, peer } = await connectTcp({ host: '10.0.0.7', port: 7001, channel: 'calls', identity, security });
 * link.onMessages = batch => console.log(peer.nodeId, batch);
 * link.send([1, 'hello']);
 */
export async function connectTcp(options: ConnectTcpOptions): Promise<TcpConnection> {
  const { host, port, security, expect, timeout = 5000, signal } = options;
  const address = `${host.includes(':') ? `[${host}]` : host}:${port}`;
  if (security.token === '') throw new AuthenticationError(`No token to show to ${address}. ${TOKEN_ADVICE}`);
  if (expect?.fingerprint !== undefined && security.tls === undefined) {
    throw new TypeError('connectTcp: `expect.fingerprint` takes `security.tls`, because only TLS has certificates.');
  }
  signal?.throwIfAborted();
  const limit = interruption(timeout, address, signal);
  try {
    const begun = performance.now();
    return await attempt(options, address, limit.reached).catch(error => {
      // The other end has its limit, too: when this process was busy for so long, it was not its fault.
      if (!(error instanceof ConnectionError) || limit.isReached || performance.now() - begun < timeout) throw error;
      return attempt(options, address, limit.reached);
    });
  } finally {
    limit.cancel();
  }
}

async function attempt(
  options: ConnectTcpOptions,
  address: string,
  interrupted: Promise<never>,
): Promise<TcpConnection> {
  const socket = openSocket(options, chunk => connection.read(chunk));
  const connection = new FrameConnection(socket, MAX_HANDSHAKE_BYTES);
  try {
    await Promise.race([established(socket, address, options.security.tls !== undefined), interrupted]);
    return await Promise.race([shakeHands(connection, options, address), interrupted]);
  } catch (error) {
    connection.destroy();
    throw error;
  }
}

const TOKEN_ADVICE = "Give this process the cluster's token: AKTIS_TOKEN, --token-file or init({ token }).";

/** A bulk link reads so much at a time. */
const READ_BYTES = 256 * 1024;

function openSocket({ host, port, channel, security: { tls } }: ConnectTcpOptions, onData: OnData): Socket {
  if (tls !== undefined) return connectTls({ host, port, ...tls, ...tlsOptions }).setNoDelay(true);
  return connect({ host, port, noDelay: true, ...(channel === 'bulk' && { onread: intoTheSameMemory(onData) }) });
}

/** Gets what has arrived, and must have copied it when it returns. */
type OnData = (chunk: Buffer) => void;

/**
 * Instead of 'data'. Otherwise each read makes a buffer, and those of a large object let V8 collect garbage several times while
 * it arrives. Only who opens a socket can have this, and not with TLS, which decrypts into buffers of its own.
 */
function intoTheSameMemory(onData: OnData): OnReadOpts {
  const buffer = Buffer.allocUnsafeSlow(READ_BYTES);
  return {
    buffer,
    callback(bytes) {
      onData(buffer.subarray(0, bytes));
      return true;
    },
  };
}

/** Rejects when the time is over or the signal aborts. */
function interruption(timeout: number, address: string, signal: AbortSignal | undefined) {
  const limit = { isReached: false, cancel: () => {}, reached: new Promise<never>(() => {}) };
  limit.reached = new Promise((_, reject) => {
    const end = (reason: unknown) => {
      limit.isReached = true;
      reject(reason);
    };
    const late = `${address} has not answered within ${timeout} ms. Is it a node, and is it well?`;
    const cancelPatience = whenPatienceEnds(timeout, () => end(new ConnectionError(late)));
    const onAbort = () => end(signal?.reason);
    signal?.addEventListener('abort', onAbort, { once: true });
    limit.cancel = () => {
      cancelPatience();
      signal?.removeEventListener('abort', onAbort);
    };
  });
  return limit;
}

function established(socket: Socket, address: string, tls: boolean): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.once(tls ? 'secureConnect' : 'connect', resolve);
    socket.once('error', (cause: NodeJS.ErrnoException) => {
      if (cause.code === 'ECONNREFUSED') reject(new ConnectionError(`Nobody listens at ${address}.`, { cause }));
      else if (tls)
        reject(new ConnectionError(`No TLS with ${address}: ${cause.message}. Does it use TLS?`, { cause }));
      else reject(new ConnectionError(`No connection to ${address}: ${cause.message}.`, { cause }));
    });
  });
}

async function shakeHands(
  connection: FrameConnection,
  { channel, identity, security, expect = {}, limits: given }: ConnectTcpOptions,
  address: string,
): Promise<TcpConnection> {
  const { socket } = connection;
  const limits = { ...defaultTcpLimits, ...given };
  const fingerprint = fingerprintOf(socket);
  if (expect.fingerprint !== undefined && fingerprint !== plainFingerprint(expect.fingerprint)) {
    throw new PeerMismatchError(
      `${address} has the certificate ${fingerprint}, but ${plainFingerprint(expect.fingerprint)} was expected.`,
    );
  }
  const ourHello = helloText(identity, channel, limits);
  connection.write(FrameKind.hello, ourHello);
  const { text: theirHello } = await answer(connection, FrameKind.hello, address);
  const hello = parseHello(theirHello);
  if (hello === undefined) throw noNode(address);
  checkIdentity(hello, identity, expect.nodeId, address);

  const proof = (role: 'connecting' | 'listening') =>
    proofOf(security.token, role, [ourHello, theirHello], bindingOf(socket));
  connection.write(FrameKind.proof, proof('connecting'));
  const { text: theirProof } = await answer(connection, FrameKind.proof, address);
  if (!isProof(theirProof, proof('listening'))) {
    throw new AuthenticationError(`${address} does not know this cluster's token. Is it a node of another cluster?`);
  }
  const link = new TcpLink(connection, limits, agree(limits, hello));
  const { nodeId, version } = hello;
  return { link, peer: { nodeId, version, channel, ...(fingerprint !== undefined && { fingerprint }) } };
}

async function answer(connection: FrameConnection, kind: number, address: string): Promise<Frame> {
  const frame = await connection.take().catch((cause: Error) => {
    throw new ConnectionError(
      `${address} ended the handshake: ${cause.message}. Is it a node, and do both ends use TLS or none?`,
      { cause },
    );
  });
  if (frame.kind === kind) return frame;
  const refusal = frame.kind === FrameKind.refusal ? parseRefusal(frame.text) : undefined;
  switch (refusal?.reason) {
    case 'token':
      throw new AuthenticationError(`${address} refused the token. ${TOKEN_ADVICE}`);
    case 'version':
      throw new PeerMismatchError(`${address} refused the connection: ${refusal.message}`);
    default:
      throw noNode(address);
  }
}

function noNode(address: string): ConnectionError {
  return new ConnectionError(`What listens at ${address} does not answer as a node of Aktis does.`);
}

function checkIdentity(hello: Hello, ours: TcpIdentity, expectedNode: string | undefined, address: string): void {
  if (!understandEachOther(ours.version, hello.version)) {
    throw new PeerMismatchError(
      `The node at ${address} runs Aktis ${hello.version}, this process ${ours.version}: use one minor version everywhere.`,
    );
  }
  if (expectedNode !== undefined && hello.nodeId !== expectedNode) {
    throw new PeerMismatchError(`The node at ${address} is ${hello.nodeId}, but ${expectedNode} was expected.`);
  }
}
