import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import type { KubernetesClusterFile } from '../kubernetes-file.ts';
import { type Manifest, metadata, names } from './names.ts';

/** The token and the certificate of a cluster; those of an earlier `aktis up` into the same directory are kept. */
export async function newSecret(file: KubernetesClusterFile, directory: string): Promise<Manifest> {
  const { nats, namespace, secret } = names(file);
  const { makeCertificate, newToken } = await import('@aktis/cluster');
  const hosts = [nats, `${nats}.${namespace}`, `${nats}.${namespace}.svc`, `${nats}.${namespace}.svc.cluster.local`];
  const pods = hosts.map(host => `*.${host}`);
  const kept = readBefore(directory);
  const made = kept ?? (await certificateData([...hosts, ...pods], makeCertificate, newToken));
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: metadata(file, secret, 'secret'),
    type: 'Opaque',
    stringData: made,
  };
}

async function certificateData(
  hosts: readonly string[],
  makeCertificate: (name: string, hosts: readonly string[]) => Promise<{ cert: string; key: string }>,
  newToken: () => string,
): Promise<Record<string, string>> {
  const { cert, key } = await makeCertificate('aktis nats', hosts);
  // nats-server would take one that begins with a digit for a number.
  return { token: `aktis-${newToken()}`, 'tls.crt': cert, 'tls.key': key, 'ca.crt': cert };
}

function readBefore(directory: string): Record<string, string> | undefined {
  try {
    const { stringData } = parse(readFileSync(join(directory, '1-secret.yaml'), 'utf8')) as { stringData?: unknown };
    return stringData as Record<string, string> | undefined;
  } catch {
    return undefined;
  }
}
