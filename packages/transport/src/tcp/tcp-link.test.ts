import '../index.ts';
import { runConformancePeer } from '../conformance/peer.ts';
import { linkConformance } from '../conformance/suite.ts';
import { connectTcp } from './connect.ts';
import { listenTcp } from './listen.ts';

const identity = { nodeId: 'one', version: '1.0.0' };
const security = { token: 'secret' };

linkConformance('TCP within one process', async () => {
  const listener = await listenTcp({ host: '127.0.0.1', identity, security, onLink: runConformancePeer });
  const { port } = listener;
  const { link } = await connectTcp({ host: '127.0.0.1', port, channel: 'calls', identity, security });
  await listener.close();
  return { here: link, end: async () => link.close() };
});
