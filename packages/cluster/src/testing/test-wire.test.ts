import { inlineLinkPair } from '@aktis/transport';
import { TestWire } from './test-wire.ts';

test('a link that comes about while the wire is cut tells so, however late in its turn somebody listens', async () => {
  const wire = new TestWire();
  wire.cut('there');
  const link = wire.through(inlineLinkPair()[0], 'there');
  for (let i = 0; i < 20; i++) await Promise.resolve();
  const reason = await new Promise(resolve => {
    link.onClose = resolve;
  });
  expect(reason).toMatchObject({ message: 'the network was cut', expected: false });
});
