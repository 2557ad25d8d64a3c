import { createPrivateKey, randomBytes, webcrypto, X509Certificate } from 'node:crypto';
import { isIP } from 'node:net';

/** PEM texts. */
export interface Certificate {
  readonly cert: string;
  readonly key: string;
}

const YEARS = 10;
const YEAR_MS = 365 * 24 * 3600 * 1000;
/** Clocks of machines differ. */
const SKEW_MS = 24 * 3600 * 1000;

/** A certificate that signs itself: who is to trust it is given it, or its fingerprint. */
export async function makeCertificate(name: string, host: string): Promise<Certificate> {
  await import('reflect-metadata');
  const { BasicConstraintsExtension, SubjectAlternativeNameExtension, X509CertificateGenerator } = await import(
    '@peculiar/x509'
  );
  const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
  const keys = await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
  const now = Date.now();
  const certificate = await X509CertificateGenerator.createSelfSigned(
    {
      name: `CN=${name}`,
      keys,
      signingAlgorithm: algorithm,
      serialNumber: `01${randomBytes(15).toString('hex')}`,
      notBefore: new Date(now - SKEW_MS),
      notAfter: new Date(now + YEARS * YEAR_MS),
      extensions: [
        new BasicConstraintsExtension(true, undefined, true),
        // The client takes this name where it upgrades a connection to an address.
        new SubjectAlternativeNameExtension([
          { type: isIP(host) === 0 ? 'dns' : 'ip', value: host },
          { type: 'dns', value: 'localhost' },
        ]),
      ],
    },
    webcrypto as never,
  );
  const pkcs8 = Buffer.from(await webcrypto.subtle.exportKey('pkcs8', keys.privateKey)).toString('base64');
  return {
    cert: certificate.toString('pem'),
    key: `-----BEGIN PRIVATE KEY-----\n${pkcs8}\n-----END PRIVATE KEY-----\n`,
  };
}

/** Whether clients that reach a server at `host` take this certificate, and the key is its own. */
export function servesFor({ cert, key }: Certificate, host: string): boolean {
  const certificate = new X509Certificate(cert);
  const named = isIP(host) === 0 ? certificate.checkHost(host) : certificate.checkIP(host);
  return named !== undefined && certificate.checkPrivateKey(createPrivateKey(key));
}

/** SHA-256, as records name it. */
export function fingerprintOf(cert: string): string {
  return new X509Certificate(cert).fingerprint256.replaceAll(':', '').toLowerCase();
}
