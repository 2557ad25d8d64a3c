import { linkConformance } from '../conformance/suite.ts';
import type { ThreadPeerControl } from '../conformance/thread-peer.ts';
import type { CloseReason } from '../link.ts';
import '../index.ts';
import { HostThread, type HostThreadOptions } from './host-thread.ts';

// Workers load what users install.
const boot = new URL('../../dist/conformance/thread-peer.js', import.meta.url);

function start(options: Partial<HostThreadOptions> = {}): HostThread<ThreadPeerControl> {
  return new HostThread<ThreadPeerControl>({ boot, data: null, onOutput: () => {}, ...options });
}

linkConformance('a thread', async () => {
  const thread = start();
  return {
    here: thread.link,
    die: () => void thread.control.exit(3).catch(() => {}),
    end: async () => {
      thread.link.close();
      await thread.terminate();
    },
  };
});

function closeOf(thread: HostThread<ThreadPeerControl>): Promise<CloseReason> {
  return new Promise(resolve => {
    thread.link.onClose = resolve;
  });
}

test('the control interface calls methods of the worker and brings back results and errors', async () => {
  const thread = start({ data: { from: 'host' } });
  await expect(thread.control.double(21)).resolves.toBe(42);
  await expect(thread.control.fail('not today')).rejects.toMatchObject({ message: 'not today' });
  await expect(thread.control.data()).resolves.toEqual({ from: 'host' });
  await thread.terminate();
});

test('control calls reject when the worker dies before it answers, and afterwards', async () => {
  const thread = start();
  const waiting = thread.control.never();
  await thread.control.double(1);
  const rejected = expect(waiting).rejects.toThrow('The worker thread cannot answer: it was terminated');
  await thread.terminate();
  await rejected;
  await expect(thread.control.double(1)).rejects.toThrow('was terminated');
});

test('a worker that calls process.exit is reported with its code and last words', async () => {
  const thread = start();
  const closed = closeOf(thread);
  await thread.control.print('', 'first\nlast words\n');
  thread.control.exit(3).catch(() => {});
  const exit = await thread.exited;
  expect(exit).toMatchObject({ code: 3, outOfMemory: false, stderrTail: ['first', 'last words'] });
  expect(exit.reason).toBe('exited with code 3 (process.exit was called)');
  expect(await closed).toEqual({ message: exit.reason, expected: false });
});

test('an error outside of any task ends the worker and is reported with its stack', async () => {
  const thread = start();
  thread.control.throwLater('out of the blue').catch(() => {});
  const exit = await thread.exited;
  expect(exit.reason).toMatch(/^threw outside of any task: TypeError: out of the blue\n\s+at /);
  expect(exit.error?.message).toBe('out of the blue');
});

test('a worker that reaches its heap limit is reported as out of memory', async () => {
  const thread = start({ resourceLimits: { maxOldGenerationSizeMb: 24 } });
  thread.control.exhaust().catch(() => {});
  const exit = await thread.exited;
  expect(exit).toMatchObject({ outOfMemory: true, reason: 'ran out of memory: its heap limit is 24 MB' });
});

test('a worker whose link is closed ends by itself', async () => {
  const thread = start();
  await thread.control.double(1);
  const closed = closeOf(thread);
  thread.link.close('no more work');
  expect(await thread.exited).toMatchObject({ code: 0, reason: 'ended because its link was closed' });
  expect(await closed).toEqual({ message: 'no more work', expected: true });
});

test('what the worker sent before it died arrives before the end is told', async () => {
  const thread = start();
  const events: unknown[] = [];
  thread.link.onMessages = batch => events.push(...batch.map(message => message[1]));
  const closed = closeOf(thread).then(() => events.push('closed'));
  thread.control.sendAndExit(1000).catch(() => {});
  await closed;
  expect(events).toEqual([...Array(1000).keys(), 'closed']);
});

test('output arrives line by line, with characters whole and the last line at the end', async () => {
  const lines: string[] = [];
  let onLine: () => void = () => {};
  const thread = start({
    onOutput: (stream, text) => {
      lines.push(`${stream}: ${text}`);
      onLine();
    },
  });
  // Terminating a thread discards what it has not handed over yet, so the test waits for all but the unfinished line.
  const arrived = new Promise<void>(resolve => {
    onLine = () => {
      if (lines.length === 3) resolve();
    };
  });
  await thread.control.print('one\ntw', '');
  await thread.control.print('ö 🚀\r\nthree', 'problem\n');
  await arrived;
  await thread.terminate();
  expect(lines.filter(line => line.startsWith('stdout'))).toEqual(['stdout: one', 'stdout: twö 🚀', 'stdout: three']);
  expect(lines).toContain('stderr: problem');
});

test('a boot module that does not load is reported, not thrown', async () => {
  const thread = start({ boot: new URL('./no-such-module.js', import.meta.url) });
  const closed = closeOf(thread);
  const exit = await thread.exited;
  expect(exit.reason).toMatch(/Cannot find module/);
  expect((await closed).expected).toBe(false);
});

test('statistics tell how busy the thread is', async () => {
  const thread = start();
  await thread.control.double(1);
  const { eventLoop } = await thread.statistics();
  expect(eventLoop.active).toBeGreaterThan(0);
  await thread.terminate();
});
