import { createWriteStream } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { dirname, join, resolve, sep } from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { type Entry, open, type ZipFile } from 'yauzl';
import { InvalidPackageError, PackageTooLargeError } from './package-errors.ts';

/** A package that would become larger is none that somebody packed: 100 MB of zeros become 100 GB. */
const MAX_UNPACKED_BYTES = 2 * 2 ** 30;
const MAX_FILES = 100_000;
/** Of the mode in a zip file. */
const FILE_TYPE = 0o170000;
const LINK = 0o120000;

/**
 * Unpacks a zip file into a folder, and writes nowhere else.
 *
 * @throws InvalidPackageError when it is none, or names places outside of the folder
 */
export async function unpackPackage(file: string, folder: string, maxBytes = MAX_UNPACKED_BYTES): Promise<void> {
  const zip = await opened(file);
  try {
    let bytes = 0;
    for await (const entry of entriesOf(zip)) {
      bytes += entry.uncompressedSize;
      if (bytes > maxBytes || zip.entryCount > MAX_FILES) {
        throw new PackageTooLargeError(`The package would become more than ${maxBytes} bytes, or ${MAX_FILES} files`);
      }
      await write(zip, entry, folder);
    }
  } finally {
    zip.close();
  }
}

async function write(zip: ZipFile, entry: Entry, folder: string): Promise<void> {
  const { fileName } = entry;
  const path = join(folder, fileName);
  // The library has refused `..`, absolute paths and backslashes already; this is what matters, so it is looked at twice.
  if (!`${path}${sep}`.startsWith(`${resolve(folder)}${sep}`)) throw outside(fileName);
  const mode = entry.externalFileAttributes >>> 16;
  if ((mode & FILE_TYPE) === LINK) {
    throw new InvalidPackageError(`The package has the link ${fileName}, which could lead out of its folder`);
  }
  if (fileName.endsWith('/')) {
    await mkdir(path, { recursive: true });
    return;
  }
  await mkdir(dirname(path), { recursive: true });
  // Nobody but its owner: the session's files are private. Programs stay programs.
  const permissions = (mode & 0o111) === 0 ? 0o600 : 0o700;
  await pipeline(await contentOf(zip, entry), createWriteStream(path, { flags: 'wx', mode: permissions }));
}

function opened(file: string): Promise<ZipFile> {
  return new Promise((resolve, reject) => {
    open(
      file,
      { lazyEntries: true, autoClose: false, strictFileNames: true, validateEntrySizes: true },
      (error, zip) => {
        if (error) reject(new InvalidPackageError(`The package is no zip file that can be read: ${error.message}`));
        else resolve(zip);
      },
    );
  });
}

async function* entriesOf(zip: ZipFile): AsyncGenerator<Entry> {
  let tell: (entry: Entry | undefined) => void = () => {};
  let fail: (error: Error) => void = () => {};
  zip.on('entry', entry => tell(entry));
  zip.on('end', () => tell(undefined));
  zip.on('error', error => fail(error));
  for (;;) {
    const entry = await new Promise<Entry | undefined>((resolve, reject) => {
      [tell, fail] = [resolve, error => reject(new InvalidPackageError(`The package is refused: ${error.message}`))];
      zip.readEntry();
    });
    if (entry === undefined) return;
    yield entry;
  }
}

function contentOf(zip: ZipFile, entry: Entry): Promise<Readable> {
  return new Promise((resolve, reject) => {
    zip.openReadStream(entry, (error, stream) => {
      if (error) reject(new InvalidPackageError(`${entry.fileName} of the package cannot be read: ${error.message}`));
      else resolve(stream);
    });
  });
}

function outside(name: string): InvalidPackageError {
  return new InvalidPackageError(`The package has the file ${name}, which is outside of its folder`);
}
