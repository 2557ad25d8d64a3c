import type { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';

/** The certificates of both ends may be self-signed: they are pinned, and the token vouches for the session. */
export const tlsOptions = { minVersion: 'TLSv1.3', rejectUnauthorized: false } as const;

/**
 * What both ends of one TLS session know and nobody else (RFC 5705): whoever stands in the middle has a session with each
 * end, and so two different ones. Empty without TLS.
 */
export function bindingOf(socket: Socket): string {
  if (!(socket instanceof TLSSocket)) return '';
  return socket.exportKeyingMaterial(32, 'EXPORTER-aktis-link', Buffer.alloc(0)).toString('hex');
}

/** SHA-256 of the other end's certificate in hexadecimal, if it has one. */
export function fingerprintOf(socket: Socket): string | undefined {
  if (!(socket instanceof TLSSocket)) return undefined;
  const fingerprint = socket.getPeerX509Certificate()?.fingerprint256;
  return fingerprint === undefined ? undefined : plainFingerprint(fingerprint);
}

/** As OpenSSL writes it, `AB:CD:…`, or as plain hexadecimal. */
export function plainFingerprint(fingerprint: string): string {
  return fingerprint.replaceAll(':', '').toLowerCase();
}
