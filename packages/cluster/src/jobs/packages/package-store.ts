import { randomBytes } from 'node:crypto';
import { createWriteStream, existsSync } from 'node:fs';
import { readdir, rename, rm, stat, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { privateDirectory } from '../../private-files.ts';
import { InvalidPackageError, MAX_PACKAGE_BYTES, PackageTooLargeError } from './package-errors.ts';
import { unpackPackage } from './unpack-package.ts';

/** So many packages stay, the ones used last; those that are used do anyway. */
const KEPT = 10;
const NAME = /^[\w-][\w.-]{0,200}$/;

/** The working directories that were uploaded to a head: each as a zip file, and unpacked once it was needed. */
export class PackageStore {
  readonly #directory: string;
  readonly #maxBytes: number;
  readonly #unpacking = new Map<string, Promise<string>>();

  /** @param maxBytes of one package */
  constructor(directory: string, maxBytes = MAX_PACKAGE_BYTES) {
    this.#directory = privateDirectory(directory);
    this.#maxBytes = maxBytes;
  }

  has(name: string): boolean {
    return existsSync(this.#zip(name));
  }

  /** @throws PackageTooLargeError as soon as that shows; nothing stays of it then */
  async keep(name: string, content: Readable | AsyncIterable<Uint8Array>): Promise<void> {
    const zip = this.#zip(name);
    const coming = `${zip}.${randomBytes(4).toString('hex')}.part`;
    const maxBytes = this.#maxBytes;
    async function* limited() {
      let bytes = 0;
      for await (const piece of content) {
        bytes += (piece as Uint8Array).length;
        if (bytes > maxBytes) throw new PackageTooLargeError(`A package has at most ${maxBytes / 2 ** 20} MB`);
        yield piece;
      }
    }
    try {
      await pipeline(limited, createWriteStream(coming, { flags: 'wx', mode: 0o600 }));
      await rename(coming, zip);
    } finally {
      await rm(coming, { force: true });
    }
    await this.#prune(name);
  }

  /** The folder with what is in a package. Those who run in it share it. */
  folder(name: string): Promise<string> {
    let unpacking = this.#unpacking.get(name);
    if (unpacking === undefined) {
      unpacking = this.#unpack(name);
      this.#unpacking.set(name, unpacking);
      const forget = () => this.#unpacking.delete(name);
      unpacking.then(forget, forget);
    }
    return unpacking;
  }

  async #unpack(name: string): Promise<string> {
    const zip = this.#zip(name);
    if (!existsSync(zip)) throw new InvalidPackageError(`There is no package ${name} (any more): upload it again`);
    const folder = `${zip}.files`;
    const now = new Date();
    await utimes(zip, now, now);
    if (existsSync(folder)) return folder;
    // Another name until it is complete: a head that is killed meanwhile begins again.
    const coming = `${folder}.${randomBytes(4).toString('hex')}.part`;
    try {
      await unpackPackage(zip, privateDirectory(coming));
      await rename(coming, folder);
    } finally {
      await rm(coming, { recursive: true, force: true });
    }
    return folder;
  }

  /** Forgets the packages that were used longest ago. A program that still runs in one of them may miss its files. */
  async #prune(newest: string): Promise<void> {
    const names = (await readdir(this.#directory)).filter(name => NAME.test(name) && existsSync(this.#zip(name)));
    const zips = names.filter(name => name !== newest && !/\.(?:files|part)$/.test(name));
    const used = await Promise.all(zips.map(async name => ({ name, at: (await stat(this.#zip(name))).mtimeMs })));
    used.sort((a, b) => b.at - a.at);
    for (const { name } of used.slice(KEPT - 1)) {
      await rm(this.#zip(name), { force: true });
      await rm(`${this.#zip(name)}.files`, { recursive: true, force: true });
    }
  }

  #zip(name: string): string {
    if (!NAME.test(name)) throw new InvalidPackageError(`"${name}" is no name of a package`);
    return join(this.#directory, name);
  }
}
