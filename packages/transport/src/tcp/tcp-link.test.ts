import '../index.ts';
import { once } from 'node:events';
import { connect as connectRaw, createServer, type Socket } from 'node:net';
import { runConformancePeer } from '../conformance/peer.ts';
import { linkConformance } from '../conformance/suite.ts';
import type { CloseReason, Intake, Link, Message } from '../link.ts';
import type { RichPayload } from '../payload.ts';
import { connectTcp } from './connect.ts';
import type { Channel } from './identity.ts';
import type { TcpLimits } from './limits.ts';
import { listenTcp } from './listen.ts';
import type { TcpLink } from './tcp-link.ts';

const host = '127.0.0.1';
const identity = { nodeId: 'one', version: '1.0.0' };
const security = { token: 'secret' };

interface Pair {
  readonly here: TcpLink;
  readonly there: TcpLink;
}

/** Two ends of a link; `via` may put somebody in between and says at which port. */
async function pair(
  limits: { here?: Partial<TcpLimits>; there?: Partial<TcpLimits> } = {},
  via = async (port: number) => port,
  channel: Channel = 'calls',
): Promise<Pair> {
  let accept: (link: TcpLink) => void = () => {};
  const accepted = new Promise<TcpLink>(resolve => {
    accept = resolve;
  });
  const listener = await listenTcp({
    host,
    identity,
    security,
    limits: limits.there ?? {},
    onLink: link => accept(link),
  });
  const port = await via(listener.port);
  const { link } = await connectTcp({ host, port, channel, identity, security, limits: limits.here ?? {} });
  await listener.close();
  return { here: link, there: await accepted };
}

function closeOf(link: Link): Promise<CloseReason> {
  return new Promise(resolve => {
    link.onClose = resolve;
  });
}

/** Everything that arrives until the link closes. */
async function allOf(link: Link): Promise<{ received: Message[]; reason: CloseReason }> {
  const received: Message[] = [];
  link.onMessages = batch => void received.push(...batch);
  return { reason: await closeOf(link), received };
}

linkConformance('TCP within one process', async () => {
  const { here, there } = await pair();
  runConformancePeer(there);
  return { here, end: async () => here.close() };
});

describe('back-pressure', () => {
  const limits = { backlog: { messages: 10, bytes: 1e9 } };

  test.each([
    ['its own limits', { here: limits }],
    ["the other end's limits", { there: limits }],
  ])('a sender is full at %s and hears when half of its backlog is taken', async (_, of) => {
    const { here, there } = await pair(of);
    let taken = 0;
    there.onMessages = batch => {
      taken += batch.length;
    };
    const takenAtDrain = new Promise<number>(resolve => {
      here.onDrain = () => resolve(taken);
    });
    for (let i = 0; i < 9; i++) here.send([1]);
    expect(here.full).toBe(false);
    here.send([1]);
    expect(here.full).toBe(true);
    expect(await takenAtDrain).toBeGreaterThanOrEqual(5);
    expect(here.full).toBe(false);
    here.close();
  });

  test('answers acknowledge what they answer', async () => {
    const { here, there } = await pair({ here: limits });
    there.onMessages = batch => there.send(batch[0] as Message);
    for (let i = 0; i < 100; i++) {
      const answered = new Promise(resolve => {
        here.onMessages = resolve;
      });
      expect(here.full).toBe(false);
      here.send([1, i]);
      expect(await answered).toEqual([[1, i]]);
    }
    here.close();
  });
});

test('a batch leaves early when it is large, so that the other end can start', async () => {
  const { here, there } = await pair();
  const sizes: number[] = [];
  there.onMessages = batch => void sizes.push(batch.length);
  for (let i = 0; i < 600; i++) here.send([1, i]);
  here.close();
  await closeOf(there);
  expect(sizes).toEqual([256, 256, 88]);
});

test('a link that gathers sends what follows its first batch of a turn in one more, in order', async () => {
  const { here, there } = await pair();
  here.gathers = true;
  const sizes: number[] = [];
  const received: Message[] = [];
  const all = new Promise<void>(resolve => {
    there.onMessages = batch => {
      sizes.push(batch.length);
      received.push(...batch);
      if (received.length === 7) resolve();
    };
  });
  await new Promise(resolve => setImmediate(resolve));
  here.send([1, 0]);
  for (let i = 1; i < 6; i++) {
    await null;
    await null;
    here.send([1, i]);
  }
  await new Promise(resolve => setImmediate(resolve));
  here.send([1, 6]);
  await all;
  expect(sizes).toEqual([1, 5, 1]);
  expect(received.map(([, i]) => i)).toEqual([0, 1, 2, 3, 4, 5, 6]);
  here.close();
});

test('a message that cannot travel ends the link on both sides, after the rest of its batch', async () => {
  const { here, there } = await pair();
  const closed = closeOf(here);
  here.send([1, 'before']);
  here.send([7, new Uint8Array(3), () => {}]);
  here.send([1, 'after']);
  const { received, reason } = await allOf(there);
  expect(reason).toEqual(await closed);
  expect(reason.expected).toBe(false);
  expect(reason.message).toBe(
    'a message of kind 7 cannot be sent to another process: a field of type function could not be written',
  );
  expect(received).toEqual([[1, 'before']]);
});

test('a message above the limit of the other end ends the link, after the rest of its batch', async () => {
  const { here, there } = await pair({ there: { frameBytes: 1_000_000 } });
  const closed = closeOf(here);
  here.send([1, 'before']);
  here.send([7, new Uint8Array(2_000_000)]);
  const { received, reason } = await allOf(there);
  expect(reason).toEqual(await closed);
  expect(reason.message).toMatch(/^a message of about 20000\d\d bytes is above the limit of 1000000 of the other end/);
  expect(received).toEqual([[1, 'before']]);
});

test('a message just below the limit of the other end arrives', async () => {
  const { here, there } = await pair({ there: { frameBytes: 1_000_000 } });
  here.send([7, new Uint8Array(999_900)]);
  here.close();
  expect((await allOf(there)).received.length).toBe(1);
});

test('buffers arrive as what they were, in shared memory or not, also nested', async () => {
  const { here, there } = await pair();
  const shared = new SharedArrayBuffer(100_000);
  new Uint8Array(shared).fill(9);
  const bytes = Buffer.from('bytes');
  here.send([1, 'first', ['text', [bytes, shared], []], [['', [shared], []], 'plain']]);
  here.close();
  const [message] = (await allOf(there)).received;
  const [, , payload, values] = message as unknown as [number, string, RichPayload, [RichPayload, string]];
  expect(Object.prototype.toString.call(payload[1][0])).toBe('[object Uint8Array]');
  expect(Buffer.isBuffer(payload[1][0])).toBe(false);
  expect(Buffer.from(payload[1][0] as Uint8Array).toString()).toBe('bytes');
  for (const found of [payload[1][1], values[0][1][0]]) {
    expect(Object.prototype.toString.call(found)).toBe('[object SharedArrayBuffer]');
    expect(Buffer.compare(Buffer.from(found as unknown as ArrayBuffer), Buffer.alloc(100_000, 9))).toBe(0);
  }
});

test('close delivers all that was sent before, however much', async () => {
  const { here, there } = await pair();
  const chunk = new Uint8Array(1_000_000);
  for (let i = 0; i < 50; i++) here.send([1, i, chunk]);
  here.close('that was all');
  const { received, reason } = await allOf(there);
  expect(reason).toEqual({ message: 'that was all', expected: true });
  expect(received.map(message => message[1])).toEqual([...Array(50).keys()]);
});

test('a link that is closed in the middle of a batch gets no more', async () => {
  const { here, there } = await pair();
  let batches = 0;
  const closed = closeOf(there);
  there.onMessages = () => {
    batches++;
    there.close();
  };
  for (let i = 0; i < 10; i++) {
    here.send([1, i]);
    here.flush();
  }
  await closed;
  await closeOf(here);
  expect(batches).toBe(1);
});

describe.each(['calls', 'bulk'] as const)('large bytes that are taken as they come, on a link for %s', channel => {
  const large = Buffer.alloc(3_000_001, Buffer.from(Array.from({ length: 4099 }, (_, i) => (i * 31) & 0xff)));

  /** Takes the bytes of all messages of kind 7, and notes what else comes. */
  function taking(link: Link, message = 7) {
    const taken = Buffer.alloc(large.length * 3);
    const seen = { taken, at: 0, asked: [] as [Message, number][], delivered: [] as Message[] };
    const intake: Intake = bytes => {
      taken.set(bytes, seen.at);
      seen.at += bytes.length;
    };
    link.onMessages = batch => void seen.delivered.push(...batch);
    link.intakeFor = (asked, bytes) => {
      seen.asked.push([asked, bytes]);
      return asked[0] === message ? intake : undefined;
    };
    return seen;
  }

  test.each(['here', 'there'] as const)('come in order, and once (received %s)', async end => {
    const links = await pair({}, undefined, channel);
    const [to, from] = end === 'here' ? [links.here, links.there] : [links.there, links.here];
    const seen = taking(to);
    from.send([1, 'before']);
    from.flush();
    from.send([7, 'first', large]);
    from.send([1, 'between']);
    from.flush();
    from.send([7, 'second', large]);
    from.send([8, 'not taken', large]);
    from.close();
    await closeOf(to);
    expect(seen.asked).toEqual([
      [[7, 'first', new Uint8Array(0)], large.length],
      [[7, 'second', new Uint8Array(0)], large.length],
      [[8, 'not taken', new Uint8Array(0)], large.length],
    ]);
    expect(seen.at).toBe(2 * large.length);
    expect(seen.taken.subarray(0, seen.at).equals(Buffer.concat([large, large]))).toBe(true);
    expect(seen.delivered.map(message => message[1])).toEqual(['before', 'between', 'not taken']);
    expect(large.equals(seen.delivered[2]?.[2] as Uint8Array)).toBe(true);
  });

  test('are credit like others', async () => {
    const { here, there } = await pair({ here: { backlog: { messages: 1e6, bytes: 4_000_000 } } }, undefined, channel);
    taking(there);
    here.send([7, large]);
    here.send([7, large]);
    expect(here.full).toBe(true);
    await new Promise<void>(resolve => {
      here.onDrain = resolve;
    });
    expect(here.full).toBe(false);
    here.close();
  });

  test('stop when the link breaks in the middle, or is closed by whoever takes them', async () => {
    for (const isBroken of [true, false]) {
      const between = middleman();
      const { here, there } = await pair({}, between.via, channel);
      const closed = [closeOf(here), closeOf(there)];
      const half = 1_000_000;
      let taken = 0;
      let afterEnd = 0;
      there.intakeFor = () => bytes => {
        if (taken > half) afterEnd++;
        taken += bytes.length;
        if (taken <= half) return;
        if (isBroken) between.each(socket => void socket.destroy());
        else there.close('enough');
      };
      here.send([7, Buffer.concat([large, large, large])]);
      await Promise.all(closed);
      expect(taken).toBeGreaterThan(half);
      expect(taken).toBeLessThan(3 * large.length);
      if (!isBroken) expect(afterEnd).toBe(0);
    }
  });

  test('what is not alone, not bytes or not at the end is delivered as ever', async () => {
    const { here, there } = await pair({}, undefined, channel);
    const seen = taking(there);
    const shared = new SharedArrayBuffer(large.length);
    const messages: Message[] = [
      [7, large, 'behind'],
      [7, large, large],
      [7, [large]],
      [7, 'x'.repeat(large.length)],
      [7, shared],
    ];
    for (const message of messages) here.send(message);
    here.send([1, 'before']);
    here.send([7, large]);
    here.close();
    await closeOf(there);
    expect(seen.asked).toEqual([]);
    expect(seen.delivered.length).toBe(messages.length + 2);
  });
});

/** Somebody in the middle who passes everything on until told otherwise. */
function middleman(): {
  via(port: number): Promise<number>;
  each(act: (socket: Socket) => void): void;
  freeze(): void;
} {
  const sockets: Socket[] = [];
  let isFrozen = false;
  const pass = (from: Socket, to: Socket) => {
    sockets.push(from);
    from.on('error', () => {});
    from.on('data', chunk => {
      if (!isFrozen) to.write(chunk);
    });
    from.on('close', () => {
      if (!isFrozen) to.destroy();
    });
  };
  return {
    async via(port) {
      const server = createServer({ noDelay: true }, socket => {
        const upstream = connectRaw({ host, port, noDelay: true });
        pass(socket, upstream);
        pass(upstream, socket);
        server.close();
      }).listen(0, host);
      await once(server, 'listening');
      return (server.address() as { port: number }).port;
    },
    each: act => sockets.forEach(act),
    freeze: () => {
      isFrozen = true;
    },
  };
}

describe('when the other end is gone', () => {
  const quick = { pingInterval: 20, silence: 200 };

  test('a connection that was reset is told as that, once', async () => {
    const between = middleman();
    const { here, there } = await pair({}, between.via);
    const both = [closeOf(here), closeOf(there)];
    between.each(socket => void socket.resetAndDestroy());
    for (const reason of await Promise.all(both)) {
      expect(reason).toEqual({ message: 'the connection was reset', expected: false });
    }
    let again = 0;
    here.onClose = () => void again++;
    here.send([1, 'anybody?']);
    here.close('too late');
    await new Promise(resolve => setImmediate(resolve));
    expect(again).toBe(0);
  });

  test('a connection that just ends is told as that', async () => {
    const between = middleman();
    const { here, there } = await pair({}, between.via);
    const both = [closeOf(here), closeOf(there)];
    between.each(socket => void socket.end());
    for (const reason of await Promise.all(both)) {
      expect(reason).toEqual({ message: 'the other end closed the connection without a goodbye', expected: false });
    }
  });

  test('silence is noticed on both sides', async () => {
    const between = middleman();
    const { here, there } = await pair({ here: quick, there: quick }, between.via);
    const both = [closeOf(here), closeOf(there)];
    between.freeze();
    for (const reason of await Promise.all(both)) {
      expect(reason).toEqual({ message: 'nothing was heard from the other end for 0.2 s', expected: false });
    }
    between.each(socket => void socket.destroy());
  });

  test('a large message may take longer than silence may last', async () => {
    const chunks: Buffer[] = [];
    let slow = true;
    let pass: () => void = () => {};
    const via = async (port: number) => {
      const server = createServer({ noDelay: true }, socket => {
        const upstream = connectRaw({ host, port, noDelay: true });
        pass = () => {
          const all = Buffer.concat(chunks.splice(0));
          upstream.write(slow ? all.subarray(0, 1000) : all);
          if (slow) chunks.push(all.subarray(1000));
        };
        socket.on('data', chunk => {
          chunks.push(chunk);
          if (!slow || chunk.length < 10_000) pass();
        });
        socket.on('close', () => upstream.destroy());
        upstream.on('data', chunk => socket.write(chunk));
        upstream.on('close', () => socket.destroy());
        server.close();
      }).listen(0, host);
      await once(server, 'listening');
      return (server.address() as { port: number }).port;
    };
    const { here, there } = await pair({ here: quick, there: quick }, via);
    let closes = 0;
    here.onClose = there.onClose = () => void closes++;
    const arrived = new Promise(resolve => {
      there.onMessages = resolve;
    });
    here.send([1, new Uint8Array(1_000_000)]);
    for (let i = 0; i < 60; i++) {
      await new Promise(resolve => setTimeout(resolve, 10));
      pass();
    }
    slow = false;
    pass();
    await arrived;
    expect(closes).toBe(0);
    here.close();
  });

  test('an idle link lives, and so does one whose process is busy for longer than silence may last', async () => {
    const { here, there } = await pair({ here: quick, there: quick });
    let closes = 0;
    here.onClose = there.onClose = () => void closes++;
    const busyUntil = performance.now() + 500;
    while (performance.now() < busyUntil);
    await new Promise(resolve => setTimeout(resolve, 500));
    const answered = new Promise(resolve => {
      here.onMessages = resolve;
    });
    there.send([1, 'well']);
    expect(await answered).toEqual([[1, 'well']]);
    expect(closes).toBe(0);
    here.close();
  });
});
