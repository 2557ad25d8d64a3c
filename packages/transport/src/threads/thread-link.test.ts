import { MessageChannel } from 'node:worker_threads';
import '../index.ts';
import { runConformancePeer } from '../conformance/peer.ts';
import { linkConformance } from '../conformance/suite.ts';
import type { CloseReason, Message } from '../link.ts';
import { ThreadLink, type ThreadLinkOptions } from './thread-link.ts';
import { trafficMemory } from './traffic.ts';

function pair(options?: ThreadLinkOptions) {
  const { port1, port2 } = new MessageChannel();
  const traffic = trafficMemory();
  return { here: new ThreadLink(port1, traffic, 0, options), there: new ThreadLink(port2, traffic, 1, options), port2 };
}

linkConformance('a message port', async () => {
  const { here, there, port2 } = pair();
  runConformancePeer(there);
  return { here, die: () => port2.close(), end: async () => here.close() };
});

function next<T>(set: (resolve: (value: T) => void) => void): Promise<T> {
  return new Promise(set);
}

test('a batch leaves early when it is large, so that the peer can start', async () => {
  const { here, there } = pair({ flushAt: 10 });
  const sizes: number[] = [];
  const all = next<void>(resolve => {
    there.onMessages = batch => {
      sizes.push(batch.length);
      if (sizes.length === 3) resolve();
    };
  });
  for (let i = 0; i < 25; i++) here.send([1, i]);
  await all;
  here.close();
  expect(sizes).toEqual([10, 10, 5]);
});

test('a sender that became full hears when half of its backlog is done, and only then', async () => {
  const { here, there } = pair({ flushAt: 1, limits: { messages: 10, bytes: 1e9 } });
  let taken = 0;
  there.onMessages = batch => {
    taken += batch.length;
  };
  const takenAtDrain = next<number>(resolve => {
    here.onDrain = () => resolve(taken);
  });
  for (let i = 0; i < 10; i++) here.send([1]);
  expect(here.full).toBe(true);
  expect(await takenAtDrain).toBeGreaterThanOrEqual(5);
  expect(here.full).toBe(false);
  here.close();
});

test('a message that cannot be cloned ends the link on both sides, after the rest of its batch', async () => {
  const { here, there } = pair();
  const received: Message[] = [];
  there.onMessages = batch => received.push(...batch);
  const closes = Promise.all([
    next<CloseReason>(resolve => {
      here.onClose = resolve;
    }),
    next<CloseReason>(resolve => {
      there.onClose = resolve;
    }),
  ]);
  here.send([1, 'before']);
  here.send([7, () => {}]);
  for (const reason of await closes) {
    expect(reason.expected).toBe(false);
    expect(reason.message).toMatch(/kind 7 cannot be sent to another thread: .*could not be cloned/);
  }
  expect(received).toEqual([[1, 'before']]);
});
