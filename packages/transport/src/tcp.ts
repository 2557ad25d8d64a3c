/** Links between processes. An entry of its own: a program that stays on its machine loads no sockets. */
export { type ConnectTcpOptions, connectTcp, type TcpConnection } from './tcp/connect.ts';
export { ConnectionError, PeerMismatchError } from './tcp/connection-errors.ts';
export type { Channel, TcpIdentity, TcpPeer, TcpSecurity } from './tcp/identity.ts';
export { defaultTcpLimits, type TcpLimits } from './tcp/limits.ts';
export { type ListenTcpOptions, listenTcp, type StrangerLimits, type TcpListener } from './tcp/listen.ts';
export type { TcpLink } from './tcp/tcp-link.ts';
