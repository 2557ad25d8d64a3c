import { spawn } from 'node:child_process';
import { once } from 'node:events';
import '../index.ts';
import { selfSigned } from '../conformance/certificate.ts';
import { Op } from '../conformance/peer.ts';
import { PeerProcess } from '../conformance/peer-process.ts';
import { linkConformance } from '../conformance/suite.ts';
import type { CloseReason, Link } from '../link.ts';
import { connectTcp } from './connect.ts';
import type { TcpSecurity } from './identity.ts';
import type { TcpLimits } from './limits.ts';

// Processes load what users install.
const boot = new URL('../../dist/conformance/process-peer.js', import.meta.url);

/** One process for all tests; only those that kill it need another one. */
function peers(security: () => Promise<TcpSecurity>) {
  let current: PeerProcess | undefined;
  afterAll(() => current?.end());
  return async () => {
    const mine = await security();
    if (current?.isAlive !== true) current = await PeerProcess.start(boot, { nodeId: 'peer', security: mine });
    const child = current;
    const { link } = await connectTcp({
      host: '127.0.0.1',
      port: child.port,
      channel: 'calls',
      identity: { nodeId: 'here', version: '1.0.0' },
      security: mine,
      expect: { nodeId: 'peer' },
    });
    return { here: link, die: () => child.end(), end: async () => link.close() };
  };
}

linkConformance(
  'TCP to another process',
  peers(async () => ({ token: 'secret' })),
);

let certificate: ReturnType<typeof selfSigned> | undefined;
linkConformance(
  'TLS to another process',
  peers(async () => ({ token: 'secret', tls: await (certificate ??= selfSigned('node')) })),
);

describe('another process', () => {
  const security = { token: 'secret' };
  let child: PeerProcess;
  beforeEach(async () => {
    child = await PeerProcess.start(boot, { nodeId: 'peer', security });
  });
  afterEach(() => child.end());

  function connect(limits: Partial<TcpLimits> = {}) {
    const identity = { nodeId: 'here', version: '1.0.0' };
    return connectTcp({ host: '127.0.0.1', port: child.port, channel: 'calls', identity, security, limits });
  }

  function busy(milliseconds: number): void {
    for (const end = performance.now() + milliseconds; performance.now() < end; );
  }

  function closeOf(link: Link): Promise<CloseReason> {
    return new Promise(resolve => {
      link.onClose = resolve;
    });
  }

  test('answers in time when it is this one that is busy for longer than the limit', async () => {
    const identity = { nodeId: 'here', version: '1.0.0' };
    const options = { host: '127.0.0.1', port: child.port, channel: 'calls', identity, security } as const;
    const connecting = connectTcp({ ...options, timeout: 500 });
    busy(1_000);
    (await connecting).link.close();
    await child.end();
    // The other end gives up before this one says a word.
    child = await PeerProcess.start(boot, { nodeId: 'peer', security, limits: { handshakeTimeout: 500 } });
    const again = connectTcp({ ...options, port: child.port, timeout: 500 });
    await new Promise(setImmediate);
    busy(2_000);
    (await again).link.close();
  });

  test('that is frozen makes the sender full, and takes what was sent when it goes on', async () => {
    const { link } = await connect();
    child.signal('SIGSTOP');
    let sent = 0;
    const text = 'x'.repeat(1000);
    while (!link.full) {
      for (let i = 0; i < 100; i++) link.send([Op.count, sent++, text]);
      await new Promise(resolve => setImmediate(resolve));
    }
    expect(sent).toBeLessThanOrEqual(8300);
    const drained = new Promise<void>(resolve => {
      link.onDrain = resolve;
    });
    const report = new Promise(resolve => {
      link.onMessages = resolve;
    });
    link.send([Op.report]);
    child.signal('SIGCONT');
    await drained;
    expect(await report).toEqual([[Op.report, sent, expect.any(Number), true]]);
    link.close();
  });

  test('that stays frozen is given up after the silence that is allowed', async () => {
    const { link } = await connect({ pingInterval: 50, silence: 500 });
    const closed = closeOf(link);
    child.signal('SIGSTOP');
    expect(await closed).toEqual({ message: 'nothing was heard from the other end for 0.5 s', expected: false });
    child.signal('SIGCONT');
  });

  test('that is killed closes the link at once', async () => {
    const { link } = await connect();
    const closed = closeOf(link);
    child.signal('SIGKILL');
    const { message, expected } = await closed;
    expect(expected).toBe(false);
    expect(message).toMatch(/the other end closed the connection without a goodbye|the connection was reset/);
  });
});

/** Runs a program that has a link, `here` and `there`, in a process of its own. */
async function run(body: string): Promise<string> {
  const entry = new URL('../../dist/tcp.js', import.meta.url).href;
  const program = `
    const { connectTcp, listenTcp } = await import(${JSON.stringify(entry)});
    const common = { host: '127.0.0.1', identity: { nodeId: 'a', version: '1.0.0' }, security: { token: 't' } };
    let there;
    const listener = await listenTcp({ ...common, onLink: link => (there = link) });
    const { link: here } = await connectTcp({ ...common, port: listener.port, channel: 'calls' });
    ${body}`;
  const child = spawn(process.execPath, ['--input-type=module', '--eval', program], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let output = '';
  child.stdout.on('data', data => {
    output += data;
  });
  await once(child, 'close');
  return output;
}

test('a receiver that throws gets the rest all the same', async () => {
  const output = await run(`
    await listener.close();
    let thrown = 0;
    let received = 0;
    process.on('uncaughtException', error => (thrown += error.message === 'not my day'));
    there.onMessages = batch => {
      received += batch.length;
      throw new Error('not my day');
    };
    there.onClose = () => setImmediate(() => console.log(received, thrown));
    for (let i = 0; i < 20; i++) {
      here.send([1, i]);
      here.flush();
    }
    here.close();`);
  expect(output).toBe('20 20\n');
});

test('links and listeners without reference do not keep a process running', async () => {
  const output = await run(`
    listener.unref();
    here.unref();
    there.unref();
    process.on('exit', () => console.log('ended by itself'));`);
  expect(output).toBe('ended by itself\n');
});
