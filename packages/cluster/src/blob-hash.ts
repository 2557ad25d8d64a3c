import { createHash } from 'node:crypto';
import { InvalidControlValueError } from './control-store-limits.ts';

/** The name of a blob: the hex SHA-256 of its content. */
export function blobHash(content: Uint8Array): string {
  return createHash('sha256').update(content).digest('hex');
}

/** Throws unless `hash` has the form of one, and is that of `content`. */
export function checkBlobHash(hash: string, content?: Uint8Array): void {
  if (!/^[0-9a-f]{64}$/.test(hash)) {
    throw new InvalidControlValueError(`${JSON.stringify(hash)} is no hash of a blob: 64 hex digits, its SHA-256`);
  }
  if (content !== undefined && blobHash(content) !== hash) {
    throw new InvalidControlValueError(`The content of blob ${hash.slice(0, 12)}… is not what its hash says`);
  }
}
