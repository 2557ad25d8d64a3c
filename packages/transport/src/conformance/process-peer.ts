/**
 * The main module of a process that plays the peer of the conformance suite over TCP. It prints its port, and ends when
 * its standard input does. Its only argument: JSON of a `ProcessPeerOptions`.
 */
import '../index.ts';
import { listenTcp, type StrangerLimits, type TcpLimits, type TcpSecurity } from '../tcp.ts';
import { runConformancePeer } from './peer.ts';

export interface ProcessPeerOptions {
  readonly nodeId: string;
  readonly security: TcpSecurity;
  readonly limits?: Partial<TcpLimits & StrangerLimits>;
}

const { nodeId, security, limits } = JSON.parse(process.argv[2] ?? '') as ProcessPeerOptions;
const listener = await listenTcp({
  host: '127.0.0.1',
  identity: { nodeId, version: '1.0.0' },
  security,
  ...(limits && { limits }),
  onLink: link => runConformancePeer(link),
});
console.log(listener.port);
process.stdin.on('end', () => process.exit()).resume();
