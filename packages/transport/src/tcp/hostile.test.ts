import { once } from 'node:events';
import { connect as connectRaw, type Socket } from 'node:net';
import fc from 'fast-check';
import type { CloseReason } from '../link.ts';
import { connectTcp } from './connect.ts';
import { FrameKind, HEAD_BYTES, MAX_HANDSHAKE_BYTES } from './frame.ts';
import { FrameConnection } from './frame-connection.ts';
import { helloText, proofOf } from './handshake.ts';
import { defaultTcpLimits } from './limits.ts';
import { listenTcp, type TcpListener } from './listen.ts';

const host = '127.0.0.1';
const token = 'the token';
const identity = { nodeId: 'node', version: '1.0.0' };

let listener: TcpListener;
/** Of the links of those who got in, in the order in which they ended. */
let closes: CloseReason[];
let onClosed: () => void;
beforeEach(() => listen(60_000));
afterEach(() => listener.close());

async function listen(handshakeTimeout: number): Promise<void> {
  closes = [];
  onClosed = () => {};
  listener = await listenTcp({
    ...{ host, identity, security: { token } },
    limits: { handshakeTimeout, strangers: 20, frameBytes: 100_000 },
    onLink: link => {
      link.intakeFor = ([op]) => (op === 9 ? () => {} : undefined);
      link.onMessages = batch => batch.forEach(message => void link.send(message));
      link.onClose = reason => {
        closes.push(reason);
        onClosed();
      };
    },
  });
}

/** The listener still does its work. */
async function expectService(): Promise<void> {
  const { link } = await connectTcp({ host, port: listener.port, channel: 'calls', identity, security: { token } });
  const answer = new Promise(resolve => {
    link.onMessages = resolve;
  });
  link.send([1, 'anybody there?']);
  expect(await answer).toEqual([[1, 'anybody there?']]);
  const closed = new Promise(resolve => {
    onClosed = () => resolve(closes.pop());
  });
  link.close();
  await closed;
}

async function stranger(): Promise<Socket> {
  const socket = connectRaw(listener.port, host);
  socket.on('error', () => {});
  await once(socket, 'connect');
  return socket;
}

function fail(message: string): never {
  throw new Error(message);
}

/** Somebody who knows the token, and then does as he likes. */
async function insider(): Promise<FrameConnection> {
  const connection = new FrameConnection(await stranger(), MAX_HANDSHAKE_BYTES);
  const hello = helloText(identity, 'calls', defaultTcpLimits);
  connection.write(FrameKind.hello, hello);
  const { text } = await connection.take();
  connection.write(FrameKind.proof, proofOf(token, 'connecting', [hello, text], ''));
  expect((await connection.take()).kind).toBe(FrameKind.proof);
  return connection;
}

function nextClose(): Promise<CloseReason | undefined> {
  return new Promise(resolve => {
    onClosed = () => resolve(closes.at(-1));
  });
}

test('who says nothing is shown out, and so is who says half of something', async () => {
  await listener.close();
  await listen(1000);
  const silent = await stranger();
  const halting = await stranger();
  halting.write(Buffer.of(40, 0, 0, 0, FrameKind.hello));
  await Promise.all([once(silent.resume(), 'close'), once(halting.resume(), 'close')]);
  await expectService();
});

test('of many who say nothing the oldest go first, and a node gets in all the same', async () => {
  const silent: Socket[] = [];
  const gone: Promise<unknown>[] = [];
  for (let i = 0; i < 500; i++) {
    const socket = await stranger();
    gone.push(once(socket.resume(), 'close'));
    silent.push(socket);
  }
  await expectService();
  await Promise.all(gone.slice(0, -20));
  for (const socket of silent) socket.destroy();
});

test('a stranger may not send large frames', async () => {
  const socket = await stranger();
  const head = Buffer.alloc(HEAD_BYTES);
  head.writeUInt32LE(MAX_HANDSHAKE_BYTES + 1, 0);
  head.writeUInt32LE(FrameKind.hello, 4);
  const ended = once(socket.resume(), 'close');
  socket.write(head);
  await ended;
  await expectService();
});

test('a stranger who leaves out the proof is refused', async () => {
  for (const kind of [FrameKind.proof, FrameKind.batch, FrameKind.goodbye]) {
    const connection = new FrameConnection(await stranger(), MAX_HANDSHAKE_BYTES);
    connection.write(FrameKind.hello, helloText(identity, 'calls', defaultTcpLimits));
    await connection.take();
    connection.write(kind, '[2,1,"let me in"]');
    expect((await connection.take()).kind).toBe(FrameKind.refusal);
    connection.destroy();
  }
  await expectService();
  expect(closes).toEqual([]);
});

test('random bytes of strangers harm nobody', async () => {
  const bytes = fc.oneof(
    fc.uint8Array({ minLength: 1, maxLength: 200 }),
    // Looks like a hello at first.
    fc.uint8Array({ maxLength: 100 }).map(rest => {
      const head = Buffer.alloc(HEAD_BYTES);
      head.writeUInt32LE(HEAD_BYTES + rest.length, 0);
      head.writeUInt32LE(FrameKind.hello, 4);
      return Buffer.concat([head, rest]);
    }),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(bytes, { minLength: 1, maxLength: 3 }), async chunks => {
      const socket = await stranger();
      const ended = once(socket.resume(), 'close');
      for (const chunk of chunks) socket.write(chunk);
      socket.end();
      await ended;
    }),
    { seed: 5, numRuns: 100 },
  );
  await expectService();
  expect(closes).toEqual([]);
});

test('random bytes of somebody who knows the token end his link, once', async () => {
  let links = 0;
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ minLength: 1, maxLength: 100 }), fc.nat({ max: 15 }), async (bytes, kind) => {
      const connection = await insider();
      const closed = nextClose();
      if (kind > 0) connection.write(kind, Buffer.from(bytes).toString('latin1'), [bytes]);
      else connection.socket.write(bytes);
      connection.socket.end();
      connection.socket.resume();
      expect(await closed).toEqual({ message: expect.any(String), expected: false });
      expect(closes.length).toBe(++links);
    }),
    { seed: 6, numRuns: 150 },
  );
  await expectService();
});

test.each([
  ['that is no JSON', '[2,1', /what arrived could not be read: .*JSON/],
  ['whose messages are cut off', '[3,1]', /does not fit into its batch/],
  ['of something else', '"text"', /not an array/],
])('a batch %s ends the link, and its sender is told why', async (_, text, reason) => {
  const connection = await insider();
  const closed = nextClose();
  const goodbye = connection.take();
  connection.write(FrameKind.batch, text);
  expect((await closed)?.message).toMatch(reason);
  expect(await goodbye).toMatchObject({ kind: FrameKind.goodbye, text: expect.stringMatching(reason) });
  connection.destroy();
});

test('large bytes of a message that cannot be read end the link, and so do those that do not all come', async () => {
  const large = Buffer.alloc(70_000);
  for (const text of ['[2,9', '[2,9,{"part":1}]', '[1,"op",{"part":0}]']) {
    const connection = await insider();
    const closed = nextClose();
    connection.write(FrameKind.batchWithStandIns, text, [large]);
    expect((await closed)?.message).toMatch(/^what arrived could not be read/);
    connection.destroy();
  }
  const cut = await insider();
  const closed = nextClose();
  cut.write(FrameKind.batchWithStandIns, '[2,9,{"part":0}]', [large]);
  cut.write(FrameKind.batch, '[2,1,"all of it was taken"]');
  expect(await cut.take()).toMatchObject({ text: '[2,1,"all of it was taken"]' });
  const head = Buffer.alloc(HEAD_BYTES + 8);
  const text = '[2,9,{"part":0}]';
  head.writeUInt32LE(head.length + text.length + large.length, 0);
  head.writeUInt32LE(FrameKind.batchWithStandIns, 4);
  head.writeUInt32LE(1, 8);
  head.writeUInt32LE(large.length, HEAD_BYTES);
  cut.socket.end(Buffer.concat([head, Buffer.from(text), large.subarray(1)]));
  expect((await closed)?.message).toBe('the connection ended in the middle of a frame');
  await expectService();
});

test('a frame above the limit, a cut frame and a frame out of place end the link', async () => {
  const tooLarge = await insider();
  let closed = nextClose();
  tooLarge.write(FrameKind.batch, 'x'.repeat(200_000));
  expect((await closed)?.message).toBe('a frame of 200020 bytes is above the limit of 100000');

  const cut = await insider();
  closed = nextClose();
  cut.socket.end(Buffer.of(40, 0, 0, 0, FrameKind.batch));
  expect((await closed)?.message).toBe('the connection ended in the middle of a frame');

  const late = await insider();
  closed = nextClose();
  late.write(FrameKind.hello, 'again');
  expect((await closed)?.message).toBe('a frame of kind 1 has no place in an open link');
  await expectService();
});

test('who pings and never reads does not fill the memory', async () => {
  const connection = await insider();
  connection.socket.pause();
  const pings = Buffer.alloc(HEAD_BYTES * 10_000);
  for (let at = 0; at < pings.length; at += HEAD_BYTES) {
    pings.writeUInt32LE(HEAD_BYTES, at);
    pings.writeUInt32LE(FrameKind.ping, at + 4);
  }
  const rounds = 80;
  for (let i = 0; i < rounds; i++) await new Promise(resolve => connection.socket.write(pings, resolve));
  connection.write(FrameKind.batch, '[1,7]');
  let pongs = 0;
  await new Promise<void>(resolve => {
    connection.flow(({ kind }) => {
      if (kind === FrameKind.pong) pongs++;
      else resolve();
    }, fail);
    connection.socket.resume();
  });
  // What the kernel keeps for a socket, and no more.
  expect(pongs).toBeLessThan((rounds * 10_000) / 2);
  connection.destroy();
});

test('who takes more than was sent gains nothing', async () => {
  const connection = await insider();
  connection.write(FrameKind.credit, '', [], 2 ** 32 - 1, 2 ** 32 - 1);
  connection.write(FrameKind.batch, '[1,7]');
  expect(await connection.take()).toMatchObject({ kind: FrameKind.batch, text: '[1,7]' });
  connection.destroy();
});
