import '../index.ts';
import { selfSigned } from '../conformance/certificate.ts';
import { PeerProcess } from '../conformance/peer-process.ts';
import { linkConformance } from '../conformance/suite.ts';
import { connectTcp } from './connect.ts';
import type { TcpSecurity } from './identity.ts';

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
