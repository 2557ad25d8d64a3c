import type { Readable } from 'node:stream';
import { ZipFile } from 'yazl';
import { blobHash } from '../../blob-hash.ts';
import { MAX_PACKAGE_BYTES, PackageTooLargeError } from './package-errors.ts';
import { type WorkingFile, workingFiles } from './working-files.ts';

/** Equal folders make equal packages, whenever their files were written. */
const MTIME = new Date(1980, 0, 1);
/** Named when there is too much. */
const NAMED = 5;

/** A working directory, ready to travel. */
export interface PackedDirectory {
  /** A zip file. */
  readonly content: Buffer;
  /** Hex SHA-256 of it. */
  readonly hash: string;
  readonly files: number;
  /** What did not come with it; folders end in `/`. */
  readonly leftOut: readonly string[];
}

/**
 * Packs a folder with what its program needs.
 *
 * @throws PackageTooLargeError that names the largest files
 */
export async function packDirectory(folder: string, maxBytes = MAX_PACKAGE_BYTES): Promise<PackedDirectory> {
  const { files, leftOut } = await workingFiles(folder);
  const zip = new ZipFile();
  for (const { path, name, mode } of files) zip.addFile(path, name, { mtime: MTIME, mode });
  zip.end();
  const pieces: Buffer[] = [];
  let bytes = 0;
  const failed = new Promise<never>((_, reject) => zip.on('error', reject));
  failed.catch(() => {});
  const output = zip.outputStream as Readable;
  const read = async () => {
    for await (const piece of output) {
      pieces.push(piece as Buffer);
      bytes += (piece as Buffer).length;
      if (bytes > maxBytes) throw tooLarge(folder, files, maxBytes);
    }
  };
  await Promise.race([read(), failed]);
  const content = Buffer.concat(pieces);
  return { content, hash: blobHash(content), files: files.length, leftOut };
}

function tooLarge(folder: string, files: readonly WorkingFile[], maxBytes: number): PackageTooLargeError {
  const largest = [...files].sort((a, b) => b.bytes - a.bytes).slice(0, NAMED);
  const named = largest.map(({ name, bytes }) => `${name} (${megabytes(bytes)})`).join(', ');
  return new PackageTooLargeError(
    `The working directory ${folder} has more than ${megabytes(maxBytes)} when it is packed. The largest files: ${named}. ` +
      'Name what the program does not need in .aktisignore, and put data where the nodes can read it',
  );
}

function megabytes(bytes: number): string {
  return `${(bytes / 2 ** 20).toFixed(bytes < 2 ** 20 ? 2 : 0)} MB`;
}
