import { createWriteStream } from 'node:fs';
import { mkdir, open, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { InvalidOptionError } from '../errors.ts';
import type { HeapSnapshotPart } from '../types/threads.ts';

/** Bytes of a snapshot in one answer. */
const PART = 2 ** 21;

/** The heap snapshots a node has written, for who fetches them from another machine. No other file can be read so. */
export class HeapSnapshots {
  readonly #files = new Set<string>();

  /** @param of a worker, or the node */
  async write(of: string, snapshot: Readable): Promise<{ file: string; sizeBytes: number }> {
    const directory = join(tmpdir(), 'aktis-heap-snapshots');
    await mkdir(directory, { recursive: true, mode: 0o700 });
    const time = new Date().toISOString().replace(/[:.]/g, '-');
    const file = join(directory, `${of}-${time}.heapsnapshot`);
    await pipeline(snapshot, createWriteStream(file, { flags: 'wx', mode: 0o600 }));
    this.#files.add(file);
    return { file, sizeBytes: (await stat(file)).size };
  }

  async part(file: string, offset: number): Promise<HeapSnapshotPart> {
    this.#check(file);
    const handle = await open(file);
    try {
      const { bytesRead, buffer } = await handle.read(Buffer.alloc(PART), 0, PART, offset);
      return { data: buffer.toString('base64', 0, bytesRead), isEnd: bytesRead < PART };
    } finally {
      await handle.close();
    }
  }

  async remove(file: string): Promise<void> {
    this.#check(file);
    this.#files.delete(file);
    await rm(file, { force: true });
  }

  #check(file: string): void {
    if (!this.#files.has(file)) throw new InvalidOptionError(`${file} is no heap snapshot of this node`);
  }
}
