import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { AktisError } from '@aktis/core';
import { makeDirectory } from '@aktis/core/loading';
import { stringify } from 'yaml';
import type { KubernetesClusterFile } from '../kubernetes-file.ts';
import { manifests } from './manifests.ts';
import type { Manifest } from './names.ts';
import { newSecret } from './secret.ts';

/** Writes the manifests of a cluster into a directory; resolves with the paths, in the order in which they are applied. */
export async function writeManifests(file: KubernetesClusterFile, directory: string): Promise<string[]> {
  const all: [string, readonly Manifest[]][] = Object.entries(manifests(file));
  // One that is there keeps its token.
  if (file.provider.secret === undefined) all.splice(1, 0, ['secret', [await newSecret(file, directory)]]);
  try {
    makeDirectory(directory);
    return all.map(([name, documents], i) => {
      const path = join(directory, `${i}-${name}.yaml`);
      writeFileSync(path, documents.map(document => stringify(document, { lineWidth: 0 })).join('---\n'));
      if (name === 'secret') chmodSync(path, 0o600);
      return path;
    });
  } catch (cause) {
    throw new AktisError(`The manifests could not be written to ${directory}: ${(cause as Error).message}`, { cause });
  }
}
