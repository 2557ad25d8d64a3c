import { superJsonPath } from './codec/rich/superjson-path.ts';
import { useRichPath } from './codec/rich-path.ts';
import { runConformancePeer } from './conformance/peer.ts';
import { linkConformance } from './conformance/suite.ts';
import { inlineLinkPair } from './inline.ts';
import type { CloseReason, Message } from './link.ts';

useRichPath(superJsonPath);

linkConformance('inline', async () => {
  const [here, there] = inlineLinkPair();
  runConformancePeer(there);
  return { here, end: async () => here.close() };
});

test('hands messages over as they are', async () => {
  const [here, there] = inlineLinkPair();
  const message: Message = [1, {}];
  const received = new Promise<readonly Message[]>(resolve => {
    there.onMessages = resolve;
  });
  here.send(message);
  expect((await received)[0]).toBe(message);
});

test('both ends close at once without hearing each other', async () => {
  const [here, there] = inlineLinkPair();
  const reasons: CloseReason[] = [];
  here.onClose = reason => reasons.push(reason);
  there.onClose = reason => reasons.push(reason);
  here.close('mine');
  there.close('yours');
  await new Promise(resolve => setImmediate(() => setImmediate(resolve)));
  expect(reasons.map(reason => reason.message).sort()).toEqual(['mine', 'yours']);
});
