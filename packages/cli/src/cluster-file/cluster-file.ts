import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { type KubernetesClusterFile, kubernetesShape } from './kubernetes-file.ts';
import { type LocalClusterFile, localShape } from './local-file.ts';
import { ClusterDocument, ClusterFileError, type Shape } from './shape.ts';

export type ClusterFile = LocalClusterFile | KubernetesClusterFile;

export function isKubernetes(file: ClusterFile): file is KubernetesClusterFile {
  return file.provider.type === 'kubernetes';
}

/** @throws ClusterFileError with the line, and what is allowed there */
export function readClusterFile(path: string): ClusterFile {
  let content: string;
  try {
    content = readFileSync(path, 'utf8');
  } catch (cause) {
    throw new ClusterFileError(whyUnreadable(path, cause as NodeJS.ErrnoException), { cause });
  }
  return parseClusterFile(path, content);
}

function whyUnreadable(path: string, { code, message }: NodeJS.ErrnoException): string {
  switch (code) {
    case 'ENOENT':
      return `There is no file ${resolve(path)}: give the path of a cluster file, which docs/cluster.md shows`;
    case 'EISDIR':
      return `${resolve(path)} is a folder: give the path of the cluster file in it`;
    case 'EACCES':
      return `The cluster file ${resolve(path)} may not be read by this user: see its permissions`;
    default:
      return `The cluster file ${resolve(path)} cannot be read: ${message}`;
  }
}

export function parseClusterFile(path: string, content: string): ClusterFile {
  const document = ClusterDocument.parse(path, content);
  if (document.isEmpty) {
    throw new ClusterFileError(
      `${path} is empty; the least is: {cluster_name: lab, provider: {type: local, head_ip: 127.0.0.1}}`,
    );
  }
  switch (document.text('provider', 'type')) {
    case 'local':
      return document.as<LocalClusterFile>(localShape);
    case 'kubernetes':
      return document.as<KubernetesClusterFile>(kubernetesShape);
    default:
      document.checkOnly(either);
      throw new ClusterFileError(`${path}: "provider.type" must be "local" or "kubernetes"`);
  }
}

/** Says which line is wrong, or what is missing, when the provider is neither. */
const either: Shape & { kind: 'fields' } = {
  kind: 'fields',
  fields: {
    provider: {
      needed: true,
      shape: {
        kind: 'fields',
        fields: { type: { shape: { kind: 'text', oneOf: ['local', 'kubernetes'] }, needed: true } },
      },
    },
  },
};
