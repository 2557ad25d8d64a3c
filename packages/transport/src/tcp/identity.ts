/** Who this end is. */
export interface TcpIdentity {
  readonly nodeId: string;
  /** Of Aktis, `major.minor.patch`; ends of the same major and minor understand each other. */
  readonly version: string;
}

/** How this end knows whom to trust. */
export interface TcpSecurity {
  /** The secret both ends must know. It is never sent. */
  readonly token: string;
  /** PEM. With it the connection is encrypted (TLS 1.3); self-signed will do, because the token vouches for both ends. */
  readonly tls?: { readonly cert: string; readonly key: string };
}

/** What a link is for: `bulk` links move objects, and never stand in the way of calls. */
export type Channel = 'calls' | 'bulk';

/** Who the other end is: it has proven that it knows the token. */
export interface TcpPeer extends TcpIdentity {
  readonly channel: Channel;
  /** SHA-256 of its certificate, in hexadecimal; absent without TLS. */
  readonly fingerprint?: string;
}
