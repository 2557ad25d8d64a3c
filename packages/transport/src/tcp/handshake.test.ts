import { once } from 'node:events';
import { type AddressInfo, connect as connectRaw, createServer, type Server, type Socket } from 'node:net';
import { connect as connectTls, createServer as createTlsServer } from 'node:tls';
import { AuthenticationError } from '../authentication-error.ts';
import { selfSigned } from '../conformance/certificate.ts';
import type { Message } from '../link.ts';
import { type ConnectTcpOptions, connectTcp } from './connect.ts';
import { ConnectionError, PeerMismatchError } from './connection-errors.ts';
import type { TcpPeer } from './identity.ts';
import { type ListenTcpOptions, listenTcp, type TcpListener } from './listen.ts';
import type { TcpLink } from './tcp-link.ts';

const host = '127.0.0.1';
const ends: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

const here = { nodeId: 'here', version: '1.2.3' };
const there = { nodeId: 'there', version: '1.2.9' };
const token = 'the token';

interface Listening extends TcpListener {
  readonly met: { link: TcpLink; peer: TcpPeer }[];
}

async function listen(options: Partial<ListenTcpOptions> = {}): Promise<Listening> {
  const met: Listening['met'] = [];
  const onLink = (link: TcpLink, peer: TcpPeer) => void met.push({ link, peer });
  const listener = await listenTcp({ host, identity: there, security: { token }, onLink, ...options });
  ends.push(() => listener.close());
  return { ...listener, met };
}

async function connect(port: number, options: Partial<ConnectTcpOptions> = {}) {
  const met = await connectTcp({ host, port, channel: 'calls', identity: here, security: { token }, ...options });
  ends.push(() => met.link.close());
  return met;
}

async function portOf(server: Server): Promise<number> {
  server.listen(0, host);
  await once(server, 'listening');
  ends.push(() => server.close());
  return (server.address() as AddressInfo).port;
}

/** The error, to look at it closely. */
async function failure(attempt: Promise<unknown>): Promise<Error> {
  return attempt.then(
    () => {
      throw new Error('It succeeded.');
    },
    error => error as Error,
  );
}

test('both ends learn who the other one is', async () => {
  const { port, met } = await listen();
  const { peer } = await connect(port, { channel: 'bulk' });
  expect(peer).toEqual({ ...there, channel: 'bulk' });
  expect(met[0]?.peer).toEqual({ ...here, channel: 'bulk' });
});

test('what one end sends at once waits until the other one has its handlers', async () => {
  const { port } = await listen({
    onLink: link => {
      link.send([1, 'early']);
      link.close('already done');
    },
  });
  const { link } = await connect(port);
  const received: Message[] = [];
  link.onMessages = batch => received.push(...batch);
  const reason = await new Promise(resolve => {
    link.onClose = resolve;
  });
  expect(received).toEqual([[1, 'early']]);
  expect(reason).toEqual({ message: 'already done', expected: true });
});

test('a wrong token is refused, and nobody gets a link', async () => {
  const { port, met } = await listen();
  const error = await failure(connect(port, { security: { token: 'wrong' } }));
  expect(error).toBeInstanceOf(AuthenticationError);
  expect(error.message).toMatch(`127.0.0.1:${port} refused the token. Give this process the cluster's token`);
  expect(met).toEqual([]);
});

test('a missing token is refused on both ends before anything is sent', async () => {
  await expect(connect(1, { security: { token: '' } })).rejects.toThrow(AuthenticationError);
  await expect(listen({ security: { token: '' } })).rejects.toThrow('would let in everybody');
});

test('an end that listens without knowing the token gets no link either', async () => {
  // It says hello, and then sends back what it got as its own proof.
  const { port: real } = await listen();
  const port = await portOf(
    createServer(socket => {
      const upstream = connectRaw(real, host);
      let frames = 0;
      socket.on('error', () => {}).on('data', chunk => (frames++ === 0 ? upstream.write(chunk) : socket.write(chunk)));
      upstream.on('error', () => {}).on('data', chunk => socket.write(chunk));
      socket.on('close', () => upstream.destroy());
    }),
  );
  const error = await failure(connect(port));
  expect(error).toBeInstanceOf(AuthenticationError);
  expect(error.message).toMatch("does not know this cluster's token");
});

test('another node than expected is refused, with both names', async () => {
  const { port, met } = await listen();
  const error = await failure(connect(port, { expect: { nodeId: 'other' } }));
  expect(error).toBeInstanceOf(PeerMismatchError);
  expect(error.message).toBe(`The node at 127.0.0.1:${port} is there, but other was expected.`);
  expect(met).toEqual([]);
});

test('another minor version is refused, with both versions', async () => {
  const { port } = await listen();
  const error = await failure(connect(port, { identity: { nodeId: 'here', version: '1.3.0' } }));
  expect(error).toBeInstanceOf(PeerMismatchError);
  expect(error.message).toMatch('it runs Aktis 1.2.9, this process 1.3.0');
});

test('nobody listens', async () => {
  const server = createServer();
  const port = await portOf(server);
  server.close();
  const error = await failure(connect(port));
  expect(error).toBeInstanceOf(ConnectionError);
  expect(error.message).toBe(`Nobody listens at 127.0.0.1:${port}.`);
});

test('who listens says nothing, hangs up, or speaks another language', async () => {
  const sockets: Socket[] = [];
  const silent = await portOf(createServer(socket => void sockets.push(socket)));
  ends.push(() => sockets.forEach(socket => void socket.destroy()));
  await expect(connect(silent, { timeout: 50 })).rejects.toThrow(/has not answered within 50 ms/);
  const hangsUp = await portOf(createServer(socket => void socket.end()));
  await expect(connect(hangsUp)).rejects.toThrow(/ended the handshake: the other end closed the connection/);
  const web = await portOf(createServer(socket => void socket.end('HTTP/1.1 400 Bad Request\r\n\r\n')));
  await expect(connect(web)).rejects.toThrow(ConnectionError);
});

test('an aborted signal ends the attempt with its reason', async () => {
  const accepted: Socket[] = [];
  const server = createServer(socket => void accepted.push(socket));
  const port = await portOf(server);
  const controller = new AbortController();
  const attempt = connect(port, { signal: controller.signal });
  const rejected = expect(attempt).rejects.toThrow('enough');
  if (accepted.length === 0) await once(server, 'connection');
  const gone = new Promise(resolve =>
    accepted[0]
      ?.on('error', () => {})
      .on('close', resolve)
      .resume(),
  );
  controller.abort(new Error('enough'));
  await rejected;
  await gone;
  await expect(connect(port, { signal: controller.signal })).rejects.toThrow('enough');
});

test('an address that is taken is an error of listenTcp', async () => {
  const { port } = await listen();
  await expect(listen({ port })).rejects.toMatchObject({ code: 'EADDRINUSE' });
});

test('a listener that is closed takes nobody, ends half a handshake, and its links live on', async () => {
  const { port, met, close } = await listen();
  const { link } = await connect(port);
  const half = connectRaw(port, host);
  await once(half, 'connect');
  const ended = once(half, 'close');
  await close();
  await ended;
  await expect(connect(port)).rejects.toThrow('Nobody listens');
  const answered = new Promise(resolve => {
    link.onMessages = resolve;
  });
  met[0]?.link.send([1, 'still here']);
  expect(await answered).toEqual([[1, 'still here']]);
});

describe('with TLS', () => {
  let one: Awaited<ReturnType<typeof selfSigned>>;
  let other: Awaited<ReturnType<typeof selfSigned>>;
  beforeAll(async () => {
    one = await selfSigned('one');
    other = await selfSigned('other');
  });

  test('both ends learn the fingerprint of the other one', async () => {
    const { port, met } = await listen({ security: { token, tls: one } });
    const fingerprint = one.fingerprint.toUpperCase().replace(/..(?=.)/g, '$&:');
    const { peer } = await connect(port, { security: { token, tls: other }, expect: { fingerprint } });
    expect(peer.fingerprint).toBe(one.fingerprint);
    expect(met[0]?.peer.fingerprint).toBe(other.fingerprint);
  });

  test('another certificate than expected is refused, with both fingerprints', async () => {
    const { port, met } = await listen({ security: { token, tls: one } });
    const expected = { fingerprint: other.fingerprint };
    const error = await failure(connect(port, { security: { token, tls: other }, expect: expected }));
    expect(error).toBeInstanceOf(PeerMismatchError);
    expect(error.message).toMatch(`has the certificate ${one.fingerprint}, but ${other.fingerprint} was expected`);
    expect(met).toEqual([]);
    await expect(connect(port, { expect: expected })).rejects.toThrow(TypeError);
  });

  test('a wrong token is refused', async () => {
    const { port } = await listen({ security: { token, tls: one } });
    await expect(connect(port, { security: { token: 'wrong', tls: other } })).rejects.toThrow(AuthenticationError);
  });

  test('somebody in the middle cannot pass the proofs on', async () => {
    const { port: real, met } = await listen({ security: { token, tls: one } });
    const middle = createTlsServer({ cert: other.cert, key: other.key }, socket => {
      const upstream = connectTls({ host, port: real, rejectUnauthorized: false });
      socket
        .on('error', () => {})
        .pipe(upstream)
        .on('error', () => {})
        .pipe(socket);
    });
    const port = await portOf(middle);
    await expect(connect(port, { security: { token, tls: other } })).rejects.toThrow(AuthenticationError);
    expect(met).toEqual([]);
  });

  test('one end without TLS is told so', async () => {
    const { port: secure } = await listen({ security: { token, tls: one } });
    await expect(connect(secure)).rejects.toThrow(/do both ends use TLS or none\?/);
    const { port: plain } = await listen();
    await expect(connect(plain, { security: { token, tls: one } })).rejects.toThrow(/No TLS with .*Does it use TLS\?/);
  });
});
