import { InvalidOptionError } from '@aktis/core';

/** Where the servers are, and what the address itself says about how to connect. */
export interface NatsAddress {
  /** `host:port` of each. */
  readonly servers: readonly string[];
  readonly tls: boolean;
  readonly token?: string;
  readonly user?: string;
  readonly pass?: string;
}

/** Where a NATS server listens unless it is told otherwise. */
export const usualNatsPort = 4222;

/**
 * Reads `host:port`, `nats://host:port`, `tls://token@host:port`, or several of them with commas between. The port is
 * 6379 unless named: that of `aktis start --head`.
 */
export function parseNatsAddress(address: string | readonly string[], usualPort = 6379): NatsAddress {
  const parts = (typeof address === 'string' ? address.split(',') : address).map(part => part.trim()).filter(Boolean);
  if (parts.length === 0) throw invalid(String(address));
  const urls = parts.map(parseOne);
  const { username, password } = urls.find(url => url.username !== '') ?? { username: '', password: '' };
  const [user, pass] = [decodeURIComponent(username), decodeURIComponent(password)];
  return {
    servers: urls.map(url => `${url.hostname}:${url.port === '' ? usualPort : url.port}`),
    tls: urls.some(url => url.protocol === 'tls:'),
    ...(user === '' ? {} : pass === '' ? { token: user } : { user, pass }),
  };
}

function parseOne(part: string): URL {
  const text = part.includes('://') ? part : `nats://${part}`;
  let url: URL;
  try {
    url = new URL(text);
  } catch {
    throw invalid(part);
  }
  if (!['nats:', 'tls:'].includes(url.protocol) || url.hostname === '' || !['', '/'].includes(url.pathname)) {
    throw invalid(part);
  }
  return url;
}

function invalid(part: string): InvalidOptionError {
  return new InvalidOptionError(
    `"${part}" is no address of a cluster: write host:port, nats://host:port or tls://host:port, several with commas between`,
  );
}
