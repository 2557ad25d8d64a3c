import { X509Certificate } from 'node:crypto';
import { lstatSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ClusterUnreachableError } from '@aktis/core';
import { NatsControlStore } from '../nats/nats-control-store.ts';
import { NatsServer } from '../nats/nats-server.ts';
import { fingerprintOf, makeCertificate, servesFor } from './certificate.ts';
import { certificateFiles, headCertificate } from './sessions.ts';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'aktis-certificates-'));
});
afterEach(() => rmSync(directory, { recursive: true }));

test('a certificate is for its host, signs itself, and is known by its fingerprint', async () => {
  const [named, numbered] = [
    await makeCertificate('a node', 'head.example'),
    await makeCertificate('a node', '192.0.2.1'),
  ];
  const certificate = new X509Certificate(named.cert);
  expect(certificate.verify(certificate.publicKey)).toBe(true);
  expect(fingerprintOf(named.cert)).toMatch(/^[0-9a-f]{64}$/);
  expect(fingerprintOf(named.cert)).not.toBe(fingerprintOf(numbered.cert));
  expect(['head.example', 'localhost', 'other.example'].map(host => servesFor(named, host))).toEqual([
    true,
    true,
    false,
  ]);
  expect(['192.0.2.1', '192.0.2.2'].map(host => servesFor(numbered, host))).toEqual([true, false]);
  expect(servesFor({ cert: named.cert, key: numbered.key }, 'head.example')).toBe(false);
});

test('a head keeps its certificate in private files, until it does not serve any more', async () => {
  const first = await headCertificate(directory, '192.0.2.1');
  for (const file of certificateFiles(directory)) expect(lstatSync(file).mode & 0o777).toBe(0o600);
  expect(await headCertificate(directory, '192.0.2.1')).toEqual(first);
  const moved = await headCertificate(directory, '192.0.2.2');
  expect(moved.cert).not.toBe(first.cert);
  writeFileSync(certificateFiles(directory)[1], first.key);
  expect((await headCertificate(directory, '192.0.2.2')).cert).not.toBe(moved.cert);
});

test('the managed server speaks TLS with it, to those who trust it', async () => {
  const { cert: ca } = await headCertificate(directory, '127.0.0.1');
  const [cert, key] = certificateFiles(directory);
  const token = 'a-token-of-sixteen-characters';
  const server = await NatsServer.start({ directory, port: 0, token, tls: { cert, key, ca: cert } });
  try {
    expect(server.url).toBe(`tls://127.0.0.1:${server.port}`);
    const store = await NatsControlStore.connect({ servers: server.url, token, name: 'test', tls: { ca } });
    await store.table('meta').put('a', 'over TLS');
    expect((await store.table('meta').get('a'))?.value).toBe('over TLS');
    await store.close();
    const other = await makeCertificate('another head', '127.0.0.1');
    for (const tls of [{ ca: other.cert }, {}]) {
      const connecting = NatsControlStore.connect({ servers: server.url, token, name: 'test', tls });
      await expect(connecting).rejects.toThrow(ClusterUnreachableError);
      await expect(connecting).rejects.toThrow(/has a certificate that is not trusted here.*--ca-file/);
    }
  } finally {
    await server.stop();
  }
});
