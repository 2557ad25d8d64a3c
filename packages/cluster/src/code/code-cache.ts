import { createHash, randomBytes } from 'node:crypto';
import { chmod, lstat, mkdir, readdir, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { ModuleLoadError } from '@aktis/core';
import type { BlobStore } from '../control-store.ts';
import type { Bundle } from './bundle-program.ts';
import { installationId, locateInstalled } from './installation.ts';
import { replacePlaceholders } from './installed-packages.ts';

export interface CodeCacheLimits {
  /** All files together; the ones used longest ago go first. Default 1 GiB. */
  readonly maxBytes?: number;
  /** Milliseconds after its last use at which a file goes. Default 7 days. */
  readonly maxAge?: number;
}

const hour = 3600 * 1000;

/** The hash of the bundle, then the installation it was made for; what follows is a file that was never finished. */
const ownFile = /^[0-9a-f]{64}-[0-9a-f]{16}\.mjs(?:\.|$)/;

/**
 * The programs of jobs that run on this node, as files that workers import. They come from the control store, once each,
 * and stay over restarts. The folder belongs to this user alone: what lies there is run.
 *
 * @example
 * const cache = new CodeCache(join(sessionDirectory, 'code'), store.blobs);
 * await cache.publish(await bundleProgram({ entry, modules: definingModules() })); // in the driver
 * const bundle = await cache.file(hash);                                            // on any node
 */
export class CodeCache {
  readonly #directory: string;
  readonly #blobs: BlobStore;
  readonly #limits: Required<CodeCacheLimits>;
  readonly #files = new Map<string, Promise<string>>();

  constructor(
    directory: string,
    blobs: BlobStore,
    { maxBytes = 2 ** 30, maxAge = 7 * 24 * hour }: CodeCacheLimits = {},
  ) {
    this.#directory = directory;
    this.#blobs = blobs;
    this.#limits = { maxBytes, maxAge };
  }

  /** Stores a bundle for all nodes, unless they have it. */
  async publish({ hash, code }: Pick<Bundle, 'hash' | 'code'>): Promise<void> {
    await this.#blobs.put(hash, code);
  }

  /**
   * The URL of the module that holds the bundle of this hash, ready to be imported.
   *
   * @throws ModuleLoadError when the cluster has no such bundle or a damaged one, and when the folder is not ours.
   */
  async file(hash: string): Promise<string> {
    const known = this.#files.get(hash);
    const file = await (known ?? this.#load(hash));
    if (known === undefined || (await touch(file))) return pathToFileURL(file).href;
    // Another process that shares the folder needed the room.
    if (this.#files.get(hash) === known) this.#files.delete(hash);
    return this.file(hash);
  }

  #load(hash: string): Promise<string> {
    const file = this.#fetch(hash);
    this.#files.set(hash, file);
    file.catch(() => this.#files.delete(hash));
    return file;
  }

  async #fetch(hash: string): Promise<string> {
    if (!/^[0-9a-f]{64}$/.test(hash)) throw new ModuleLoadError(`'${hash}' is not the hash of a program's bundle.`);
    await makePrivate(this.#directory);
    const name = `${hash}-${installationId()}.mjs`;
    const file = join(this.#directory, name);
    if ((await isWhole(file)) && (await touch(file))) return file;
    const code = await this.#blobs.get(hash);
    if (code === undefined) {
      throw new ModuleLoadError(
        `The program of the job (bundle ${hash}) is not in the control store: the job has ended, or the store lost its data. ` +
          'Start the driver again.',
      );
    }
    if (sha256(code) !== hash) {
      throw new ModuleLoadError(`The program of the job (bundle ${hash}) was damaged. Start the driver again.`);
    }
    await write(file, sealed(replacePlaceholders(Buffer.from(code).toString(), locateInstalled)));
    await this.#prune(name);
    return file;
  }

  /** Removes what was not used for long, then what is too much. */
  async #prune(newest: string): Promise<void> {
    const names = await readdir(this.#directory);
    const files = await Promise.all(
      names.filter(name => ownFile.test(name)).map(name => describe(this.#directory, name)),
    );
    const { maxAge, maxBytes } = this.#limits;
    let bytes = 0;
    for (const { name, size, used } of files.sort((a, b) => b.used - a.used)) {
      if (name === newest) continue;
      bytes += size;
      const unfinished = !name.endsWith('.mjs');
      const old = Date.now() - used > (unfinished ? hour : maxAge);
      if (old || (bytes > maxBytes && !unfinished)) await rm(join(this.#directory, name), { force: true });
    }
  }
}

async function makePrivate(directory: string): Promise<void> {
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const found = await lstat(directory);
  if (!found.isDirectory() || (process.getuid !== undefined && found.uid !== process.getuid())) {
    throw new ModuleLoadError(
      `${directory} is to hold programs that are run, but it belongs to another user: remove it.`,
    );
  }
  if ((found.mode & 0o077) !== 0) await chmod(directory, 0o700);
}

/** Readers see all of the file or nothing. */
async function write(file: string, text: string): Promise<void> {
  const unfinished = `${file}.${process.pid}.${randomBytes(4).toString('hex')}`;
  try {
    await writeFile(unfinished, text, { mode: 0o600 });
    await rename(unfinished, file);
  } catch (error) {
    await rm(unfinished, { force: true });
    throw error;
  }
}

/** Ends with a checksum: a machine that lost power may keep a file without all that was written. */
function sealed(text: string): string {
  return `${text}\n// ${sha256(text)}\n`;
}

async function isWhole(file: string): Promise<boolean> {
  const text = await readFile(file, 'utf8').catch(() => '');
  const [, content, seal] = /^(.*)\n\/\/ ([0-9a-f]{64})\n$/s.exec(text) ?? [];
  return content !== undefined && sha256(content) === seal;
}

/** Marks a file as used; false when it is gone. */
async function touch(file: string): Promise<boolean> {
  const now = new Date();
  return utimes(file, now, now).then(
    () => true,
    () => false,
  );
}

async function describe(directory: string, name: string) {
  const found = await stat(join(directory, name)).catch(() => undefined);
  return { name, size: found?.size ?? 0, used: found?.mtimeMs ?? 0 };
}

function sha256(content: string | Uint8Array): string {
  return createHash('sha256').update(content).digest('hex');
}
