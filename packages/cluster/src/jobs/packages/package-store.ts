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

export interface PackageInUse {
  readonly folder: string;
  /** Nobody runs in it any more. */
  done(): Promise<void>;
}

/** The working directories that were uploaded to a head: each as a zip file, and unpacked once it was needed. */
export class PackageStore {
  readonly #directory: string;
  readonly #maxBytes: number;
  /** How many run in each. */
  readonly #uses = new Map<string, number>();
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

  /**
   * A folder with what is in a package. Those who run in it share it, unless somebody wants one to write to: that is gone
   * when it is done.
   */
  async use(name: string, isOwn = false): Promise<PackageInUse> {
    const uses = this.#uses.get(name) ?? 0;
    this.#uses.set(name, uses + 1);
    let own: string | undefined;
    const done = async () => {
      const uses = this.#uses.get(name) ?? 0;
      if (uses > 1) this.#uses.set(name, uses - 1);
      else this.#uses.delete(name);
      if (own !== undefined) await rm(own, { recursive: true, force: true });
    };
    try {
      if (isOwn) own = await this.#unpack(name, `.${randomBytes(4).toString('hex')}.files`);
      return { folder: own ?? (await this.#shared(name)), done };
    } catch (error) {
      await done();
      throw error;
    }
  }

  #shared(name: string): Promise<string> {
    let unpacking = this.#unpacking.get(name);
    if (unpacking === undefined) {
      unpacking = this.#unpack(name, '.files');
      this.#unpacking.set(name, unpacking);
      const forget = () => this.#unpacking.delete(name);
      unpacking.then(forget, forget);
    }
    return unpacking;
  }

  async #unpack(name: string, suffix: string): Promise<string> {
    const zip = this.#zip(name);
    if (!existsSync(zip)) throw new InvalidPackageError(`There is no package ${name} (any more): upload it again`);
    const folder = `${zip}${suffix}`;
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

  /** Forgets the packages that were used longest ago, but none in which a program runs. */
  async #prune(newest: string): Promise<void> {
    const names = (await readdir(this.#directory)).filter(name => NAME.test(name) && existsSync(this.#zip(name)));
    const zips = names.filter(name => name !== newest && !/\.(?:files|part)$/.test(name));
    const used = await Promise.all(zips.map(async name => ({ name, at: (await stat(this.#zip(name))).mtimeMs })));
    used.sort((a, b) => b.at - a.at);
    for (const { name } of used.slice(KEPT - 1)) {
      if (this.#uses.has(name)) continue;
      await rm(this.#zip(name), { force: true });
      await rm(`${this.#zip(name)}.files`, { recursive: true, force: true });
    }
  }

  #zip(name: string): string {
    if (!NAME.test(name)) throw new InvalidPackageError(`"${name}" is no name of a package`);
    return join(this.#directory, name);
  }
}
