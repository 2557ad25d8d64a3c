import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { createSecureContext, type SecureContext, TLSSocket } from 'node:tls';
import { AuthenticationError } from '../authentication-error.ts';
import { FrameKind, MAX_HANDSHAKE_BYTES } from './frame.ts';
import { FrameConnection } from './frame-connection.ts';
import { agree, helloText, isProof, parseHello, proofOf, type Refusal, understandEachOther } from './handshake.ts';
import type { TcpIdentity, TcpPeer, TcpSecurity } from './identity.ts';
import { defaultTcpLimits, type TcpLimits } from './limits.ts';
import { whenPatienceEnds } from './patience.ts';
import { TcpLink } from './tcp-link.ts';
import { bindingOf, fingerprintOf, tlsOptions } from './tls-session.ts';

export interface ListenTcpOptions {
  readonly host: string;
  /** Default: any that is free. */
  readonly port?: number;
  readonly identity: TcpIdentity;
  readonly security: TcpSecurity;
  /** Somebody has connected and proven that it knows the token. Set the handlers of the link before the turn ends. */
  onLink(link: TcpLink, peer: TcpPeer): void;
  readonly limits?: Partial<TcpLimits & StrangerLimits>;
}

/** What those may do who have not proven yet that they know the token. */
export interface StrangerLimits {
  /** Milliseconds until they must have. Default 5000. */
  readonly handshakeTimeout: number;
  /** So many at a time; one more, and the one that has taken longest goes. Default 256. */
  readonly strangers: number;
}

export interface TcpListener {
  readonly host: string;
  readonly port: number;
  /** Takes no more connections. Links live on. */
  close(): Promise<void>;
  /** Does not keep the process running. */
  unref(): void;
}

/**
 * Listens for other nodes. Whatever they send, it harms nobody but their own connection.
 *
 * @throws AuthenticationError when the token is empty: it would let in everybody
 * @throws the error of Node when the address cannot be had, for instance `EADDRINUSE`
 *
 * @example
 * const listener = await listenTcp({
 *   host: '127.0.0.1',
 *   identity: { nodeId: 'a1', version: '0.1.0' },
 *   security: { token },
 *   onLink: (link, peer) => {
 *     link.onMessages = batch => console.log(peer.nodeId, batch);
 *   },
 * });
 */
export async function listenTcp(options: ListenTcpOptions): Promise<TcpListener> {
  const { host, port = 0, security } = options;
  if (security.token === '')
    throw new AuthenticationError('A node that listens without a token would let in everybody.');
  const limits = { ...defaultTcpLimits, handshakeTimeout: 5000, strangers: 256, ...options.limits };
  const context = security.tls && createSecureContext({ ...security.tls, minVersion: tlsOptions.minVersion });
  const strangers = new Strangers(limits);
  const server = createServer({ noDelay: true }, socket => {
    // Errors of a single connection are told by its end.
    socket.on('error', () => {});
    const leave = strangers.add(socket);
    const connection = new FrameConnection(secured(socket, context), MAX_HANDSHAKE_BYTES);
    shakeHands(connection, options, limits).then(
      met => {
        if (met === undefined) return;
        leave();
        options.onLink(met.link, met.peer);
      },
      () => connection.destroy(),
    );
  });
  server.listen({ host, port });
  await once(server, 'listening');
  // When the system has no more descriptors a connection is lost, not the listener.
  server.on('error', () => {});
  const address = server.address() as AddressInfo;
  return {
    host: address.address,
    port: address.port,
    close: async () => {
      server.close();
      strangers.end();
    },
    unref: () => void server.unref(),
  };
}

/** Connections of unknown origin, the oldest first. */
class Strangers {
  readonly #limits: StrangerLimits;
  readonly #sockets = new Set<Socket>();

  constructor(limits: StrangerLimits) {
    this.#limits = limits;
  }

  /** Returns what ends its being a stranger. */
  add(socket: Socket): () => void {
    const cancel = whenPatienceEnds(this.#limits.handshakeTimeout, () => socket.destroy());
    const leave = () => {
      cancel();
      this.#sockets.delete(socket);
    };
    socket.once('close', leave);
    this.#sockets.add(socket);
    if (this.#sockets.size > this.#limits.strangers) {
      // A node takes milliseconds to shake hands; who has been here longest most likely never will.
      const [oldest] = this.#sockets;
      if (oldest !== undefined) {
        this.#sockets.delete(oldest);
        oldest.destroy();
      }
    }
    return leave;
  }

  end(): void {
    for (const socket of this.#sockets) socket.destroy();
  }
}

function secured(socket: Socket, secureContext: SecureContext | undefined): Socket {
  if (secureContext === undefined) return socket;
  const { rejectUnauthorized } = tlsOptions;
  return new TLSSocket(socket, { isServer: true, secureContext, requestCert: true, rejectUnauthorized });
}

/** Undefined: the other end was told why not. Rejects when it ended the handshake or talks nonsense. */
async function shakeHands(
  connection: FrameConnection,
  { identity, security }: ListenTcpOptions,
  limits: TcpLimits,
): Promise<{ link: TcpLink; peer: TcpPeer } | undefined> {
  const { socket } = connection;
  const first = await connection.take();
  const hello = first.kind === FrameKind.hello ? parseHello(first.text) : undefined;
  if (hello === undefined) throw new Error('That is no hello.');
  if (!understandEachOther(identity.version, hello.version)) {
    refuse(connection, {
      reason: 'version',
      message: `it runs Aktis ${identity.version}, this process ${hello.version}: use one minor version everywhere.`,
    });
    return undefined;
  }
  const ourHello = helloText(identity, hello.channel, limits);
  connection.write(FrameKind.hello, ourHello);
  const second = await connection.take();
  const proof = (role: 'connecting' | 'listening') =>
    proofOf(security.token, role, [first.text, ourHello], bindingOf(socket));
  if (second.kind !== FrameKind.proof || !isProof(second.text, proof('connecting'))) {
    refuse(connection, { reason: 'token', message: 'the token is wrong.' });
    return undefined;
  }
  connection.write(FrameKind.proof, proof('listening'));
  const link = new TcpLink(connection, limits, agree(limits, hello));
  const fingerprint = fingerprintOf(socket);
  const { nodeId, version, channel } = hello;
  return { link, peer: { nodeId, version, channel, ...(fingerprint !== undefined && { fingerprint }) } };
}

function refuse(connection: FrameConnection, refusal: Refusal): void {
  connection.write(FrameKind.refusal, JSON.stringify(refusal));
  connection.end();
}
