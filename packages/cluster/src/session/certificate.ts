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

/**
 * A certificate for `host`, or for several. It signs itself, and whoever is to trust it is given it, or its fingerprint; unless `authority`
 * signs it, which is trusted then.
 */
export async function makeCertificate(
  name: string,
  host: string | readonly string[],
  authority?: Certificate,
): Promise<Certificate> {
  await import('reflect-metadata');
  const x509 = await import('@peculiar/x509');
  const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
  const keys = await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
  const now = Date.now();
  const parameters = {
    signingAlgorithm: algorithm,
    serialNumber: `01${randomBytes(15).toString('hex')}`,
    notBefore: new Date(now - SKEW_MS),
    notAfter: new Date(now + YEARS * YEAR_MS),
    extensions: [
      new x509.BasicConstraintsExtension(authority === undefined, undefined, true),
      // The client takes the second name where it upgrades a connection to an address.
      new x509.SubjectAlternativeNameExtension([
        ...[host].flat().map(each => ({ type: isIP(each) === 0 ? ('dns' as const) : ('ip' as const), value: each })),
        { type: 'dns', value: 'localhost' },
      ]),
    ],
  };
  const subject = `CN=${name}`;
  const certificate =
    authority === undefined
      ? await x509.X509CertificateGenerator.createSelfSigned({ ...parameters, name: subject, keys }, webcrypto as never)
      : await x509.X509CertificateGenerator.create(
          {
            ...parameters,
            subject,
            issuer: new x509.X509Certificate(authority.cert).subject,
            publicKey: keys.publicKey,
            signingKey: await signingKey(authority.key, algorithm),
          },
          webcrypto as never,
        );
  const pkcs8 = Buffer.from(await webcrypto.subtle.exportKey('pkcs8', keys.privateKey)).toString('base64');
  return {
    cert: certificate.toString('pem'),
    key: `-----BEGIN PRIVATE KEY-----\n${pkcs8}\n-----END PRIVATE KEY-----\n`,
  };
}

async function signingKey(pem: string, algorithm: { name: string; namedCurve: string }): Promise<webcrypto.CryptoKey> {
  const der = createPrivateKey(pem).export({ type: 'pkcs8', format: 'der' });
  return webcrypto.subtle.importKey('pkcs8', der, algorithm, false, ['sign']);
}

/** Whether `authority` signed it. */
export function isSignedBy(cert: string, authority: string): boolean {
  const [certificate, issuer] = [new X509Certificate(cert), new X509Certificate(authority)];
  return certificate.checkIssued(issuer) && certificate.verify(issuer.publicKey);
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
