import { closeSync, openSync, rmSync, writeSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type BufferPart, type Payload, payloadBytes, type RichPayload } from '@aktis/transport';
import { Demand, Urgency } from './demand.ts';
import { ObjectLostError, ObjectStoreFullError } from './errors.ts';
import { collectGarbage } from './garbage.ts';
import { ImmutabilityCheck } from './immutability.ts';
import type { ObjectEntry, Source } from './object-entry.ts';
import { makeSpillDirectory } from './spill-directory.ts';
import { stackHere } from './stack.ts';
import { waitLimited } from './time-limit.ts';

/** Smaller results are not worth an entry in the books: they live and die with their refs. */
const SMALL = 1024;
/** From this size on it is worth knowing where in the program an object was put. */
const LARGE = 2 ** 20;
/** So many bytes of shared memory may become garbage before a collection is asked for: V8 does not see them. */
const GARBAGE_BYTES = 256 * 2 ** 20;

/** What the store keeps about one accounted object. It outlives the entry, to settle the books. */
export interface Account {
  readonly id: number;
  bytes: number;
  readonly entry: WeakRef<ObjectEntry>;
  file: string | null;
  readonly createdAt: number;
  /** The task that returned it; null: `put` made it; or another node has it too. */
  readonly creator: Creator | null | 'copy';
  /** Where the driver put it, if it is large. */
  readonly callSite: string | undefined;
}

/** Keeps objects in memory until it is released. */
export interface Hold {
  release(): void;
}

/** An object on its way into memory. */
interface Coming {
  readonly demand: Demand;
  readonly brought: Promise<void>;
}

/** A task that returned it. */
interface CreatingTask extends Omit<Creator, 'publicId'> {
  readonly output: ObjectEntry;
}

interface Creator {
  readonly id: number;
  readonly name: string;
  /** What it is called on the node that submitted it, if that is another one. */
  readonly publicId: string | undefined;
}

export interface MemoryStatistics {
  readonly usedBytes: number;
  readonly limitBytes: number;
  readonly spilledBytes: number;
  readonly objects: number;
}

/**
 * Keeps the books of encoded values: how much memory they take, and, above the limit, moves the least recently used to
 * disk and back. Values are freed by garbage collection when nothing refers to their entry any more; the store only
 * learns of it.
 */
export class ObjectStore {
  readonly immutability = ImmutabilityCheck.fromEnvironment();
  readonly #limit: number;
  readonly #directory: string;
  /** In order of last use, least recent first. */
  readonly #inMemory = new Set<Account>();
  readonly #onDisk = new Set<Account>();
  readonly #accounts = new WeakMap<ObjectEntry, Account>();
  readonly #coming = new WeakMap<ObjectEntry, Coming>();
  /** How many holds there are on an object: it is not spilled meanwhile. */
  readonly #held = new Map<ObjectEntry, number>();
  readonly #collected = new FinalizationRegistry<Account>(account => this.#forget(account));
  #used = 0;
  #spilled = 0;
  #objects = 0;
  #warned = false;
  #sinceCollection = 0;
  #directoryMade = false;
  #isClosed = false;
  /** There is more than fits: whoever holds refs should look which of them are garbage. */
  onPressure: () => void = () => {};

  /** @param directory where spilled objects go; made when first needed, removed by `close` */
  constructor(limit: number, directory: string) {
    this.#limit = limit;
    this.#directory = directory;
  }

  get statistics(): MemoryStatistics {
    return { usedBytes: this.#used, limitBytes: this.#limit, spilledBytes: this.#spilled, objects: this.#objects };
  }

  /** Takes a result of `task` into the books, or what came from another node, unless it is small. */
  account(entry: ObjectEntry, task: CreatingTask | 'copy' = 'copy'): void {
    this.immutability?.stored(entry);
    const { payload } = entry;
    if (payload === undefined || (typeof payload === 'string' && payload.length < SMALL)) return;
    const bytes = payloadBytes(payload);
    if (bytes < SMALL) return;
    try {
      this.#add(
        entry,
        bytes,
        task === 'copy' ? task : { id: task.id, name: task.name, publicId: task.output.publicId },
      );
    } catch (error) {
      // A result is here already; losing it would help nobody.
      this.#warn(error as Error);
    }
  }

  /** Takes an object that `put` made into the books. Throws `ObjectStoreFullError` when there is no room left. */
  put(entry: ObjectEntry): void {
    this.immutability?.stored(entry);
    try {
      this.#add(entry, payloadBytes(entry.payload as Payload), null);
    } catch (error) {
      const account = this.#accounts.get(entry) as Account;
      this.#collected.unregister(account);
      this.#forget(account);
      throw error;
    }
  }

  /** The object is being used. */
  touch(entry: ObjectEntry): void {
    const account = this.#accounts.get(entry);
    if (account === undefined || account.file !== null) return;
    this.#inMemory.delete(account);
    this.#inMemory.add(account);
  }

  /**
   * Brings objects into memory that are on disk or on other nodes, and keeps them there together: were each brought
   * alone, bringing the second could spill the first. When `signal` aborts it rejects with its reason, and what nobody else
   * wants and has not begun to come will not.
   */
  async hold(entries: readonly ObjectEntry[], urgency: Urgency = Urgency.get, signal?: AbortSignal): Promise<Hold> {
    signal?.throwIfAborted();
    for (const entry of entries) this.#held.set(entry, (this.#held.get(entry) ?? 0) + 1);
    const hold = { release: () => this.#release(entries) };
    const wishes: (() => void)[] = [];
    try {
      const brought = Promise.all(entries.map(entry => this.#bring(entry, urgency, wishes)));
      await (signal === undefined ? brought : waitLimited(brought, -1, signal, undefined));
      return hold;
    } catch (error) {
      hold.release();
      throw error;
    } finally {
      for (const leave of wishes) leave();
    }
  }

  /** What `use` makes of objects while all of them are in memory. */
  async read<T>(
    entries: readonly ObjectEntry[],
    use: () => T,
    urgency: Urgency = Urgency.get,
    signal?: AbortSignal,
  ): Promise<T> {
    const hold = await this.hold(entries, urgency, signal);
    try {
      return use();
    } finally {
      hold.release();
    }
  }

  #release(entries: readonly ObjectEntry[]): void {
    for (const entry of entries) {
      const left = (this.#held.get(entry) as number) - 1;
      if (left > 0) this.#held.set(entry, left);
      else this.#held.delete(entry);
    }
    this.#makeRoomQuietly();
  }

  #bring(entry: ObjectEntry, urgency: Urgency, wishes: (() => void)[]): Promise<void> {
    const known = this.#coming.get(entry);
    // One that is made again meanwhile, because all its copies were lost, is not away, but not there yet either.
    if (known !== undefined && !known.demand.isDropped) {
      wishes.push(known.demand.join(urgency));
      return known.brought;
    }
    if (entry.state !== 'away') return Promise.resolve();
    const { source } = entry;
    const demand = new Demand();
    wishes.push(demand.join(urgency));
    const brought = source === null ? this.#restore(entry) : this.#fetch(entry, source, demand);
    const coming: Coming = {
      demand,
      brought: brought.finally(() => {
        if (this.#coming.get(entry) === coming) this.#coming.delete(entry);
      }),
    };
    this.#coming.set(entry, coming);
    return coming.brought;
  }

  close(): void {
    this.#isClosed = true;
    this.#inMemory.clear();
    this.#onDisk.clear();
    process.off('exit', this.#removeDirectory);
    if (this.#directoryMade) this.#removeDirectory();
  }

  /** Also when the program ends by `process.exit`, without a shutdown. */
  readonly #removeDirectory = (): void => rmSync(this.#directory, { recursive: true, force: true });

  /** All objects in the books. */
  *accounts(): Generator<Account> {
    yield* this.#inMemory;
    yield* this.#onDisk;
  }

  #add(entry: ObjectEntry, bytes: number, creator: Account['creator']): void {
    const callSite = creator === null && bytes >= LARGE ? stackHere() || undefined : undefined;
    const createdAt = Date.now();
    const account: Account = {
      id: entry.id,
      bytes,
      entry: new WeakRef(entry),
      file: null,
      createdAt,
      creator,
      callSite,
    };
    this.#accounts.set(entry, account);
    this.#collected.register(entry, account, account);
    this.#inMemory.add(account);
    this.#used += bytes;
    this.#objects++;
    this.#sinceCollection += bytes;
    if (this.#sinceCollection > GARBAGE_BYTES) {
      this.#sinceCollection = 0;
      collectGarbage();
    }
    if (this.#used <= this.#limit || this.#isClosed) return;
    this.onPressure();
    this.#makeRoom(account);
  }

  /** Spills what was not used for longest; `newest` only if that is not enough. */
  #makeRoom(newest: Account): void {
    for (const account of this.#inMemory) {
      if (this.#used <= this.#limit) return;
      if (account !== newest) this.#spill(account);
    }
    if (this.#used > this.#limit && !newest.file) this.#spill(newest);
  }

  /** What came back from disk stays, even if nothing else can go there any more. */
  #makeRoomQuietly(): void {
    if (this.#isClosed) return;
    try {
      for (const account of this.#inMemory) {
        if (this.#used <= this.#limit) return;
        this.#spill(account);
      }
    } catch (error) {
      this.#warn(error as Error);
    }
  }

  #warn(error: Error): void {
    if (this.#warned) return;
    this.#warned = true;
    // As text: in jest, errors are of another realm than the process, which takes them for none.
    process.emitWarning(error.message, error.name, (error as { code?: string }).code);
  }

  #spill(account: Account): void {
    const entry = account.entry.deref();
    if (entry === undefined || entry.state !== 'ready' || this.#held.has(entry)) return;
    const file = join(this.#directory, account.id.toString(16));
    try {
      if (!this.#directoryMade) {
        makeSpillDirectory(this.#directory);
        this.#directoryMade = true;
        process.once('exit', this.#removeDirectory);
      }
      writePayload(file, entry.payload as Payload);
    } catch (cause) {
      removeQuietly(file);
      throw new ObjectStoreFullError(
        `The object store holds ${this.#used} of ${this.#limit} bytes and cannot spill to ${this.#directory}: ` +
          `${(cause as Error).message}. Drop refs, free disk space, or raise init({ objectStoreMemory })`,
        { cause },
      );
    }
    account.file = file;
    entry.payload =
      typeof entry.payload === 'string' ? '' : (['', [], (entry.payload as RichPayload)[2]] as RichPayload);
    entry.state = 'away';
    this.#inMemory.delete(account);
    this.#onDisk.add(account);
    this.#used -= account.bytes;
    this.#spilled += account.bytes;
  }

  async #fetch(entry: ObjectEntry, source: Source, demand: Demand): Promise<void> {
    const payload = await source.fetch(entry, demand);
    if (entry.state !== 'away') return;
    entry.payload = payload;
    entry.state = 'ready';
    entry.source = null;
    this.account(entry);
  }

  async #restore(entry: ObjectEntry): Promise<void> {
    const account = this.#accounts.get(entry) as Account;
    const file = account.file as string;
    try {
      const payload = readPayload(await readFile(file), entry.payload as Payload);
      entry.payload = payload;
    } catch (cause) {
      throw new ObjectLostError(`A spilled object could not be read back from ${file}: ${(cause as Error).message}`, {
        cause,
      });
    }
    entry.state = 'ready';
    account.file = null;
    this.#spilled -= account.bytes;
    this.#used += account.bytes;
    this.#inMemory.add(account);
    this.#onDisk.delete(account);
    rmSync(file, { force: true });
    this.#makeRoomQuietly();
  }

  #forget(account: Account): void {
    this.#objects--;
    this.#inMemory.delete(account);
    this.#onDisk.delete(account);
    if (account.file === null) {
      this.#used -= account.bytes;
    } else {
      this.#spilled -= account.bytes;
      rmSync(account.file, { force: true });
    }
  }
}

function removeQuietly(file: string): void {
  try {
    rmSync(file, { force: true });
  } catch {
    // The error that led here says more.
  }
}

/** A file: one line of JSON (lengths), the text, the buffers. */
function writePayload(file: string, payload: Payload): void {
  const [text, buffers] = typeof payload === 'string' ? [payload, []] : payload;
  const bytes = Buffer.from(text, 'utf8');
  const header = { text: bytes.length, buffers: buffers.map(part => [part.byteLength, isShared(part) ? 1 : 0]) };
  const handle = openSync(file, 'wx', 0o600);
  try {
    writeAll(handle, Buffer.from(`${JSON.stringify(header)}\n`));
    writeAll(handle, bytes);
    for (const part of buffers) writeAll(handle, viewOf(part));
  } finally {
    closeSync(handle);
  }
}

function writeAll(handle: number, bytes: Uint8Array): void {
  for (let at = 0; at < bytes.length; ) at += writeSync(handle, bytes, at, bytes.length - at);
}

function readPayload(content: Buffer, stub: Payload): Payload {
  const end = content.indexOf(10);
  const header = JSON.parse(content.toString('utf8', 0, end)) as { text: number; buffers: [number, 0 | 1][] };
  let at = end + 1;
  const text = content.toString('utf8', at, at + header.text);
  if (typeof stub === 'string') return text;
  at += header.text;
  const buffers = header.buffers.map(([length, shared]): BufferPart => {
    const bytes = content.subarray(at, at + length);
    at += length;
    if (shared === 0) return new Uint8Array(bytes);
    const buffer = new SharedArrayBuffer(length);
    new Uint8Array(buffer).set(bytes);
    return buffer;
  });
  return [text, buffers, stub[2]];
}

function isShared(part: BufferPart): part is SharedArrayBuffer {
  return !ArrayBuffer.isView(part);
}

function viewOf(part: BufferPart): Uint8Array {
  return isShared(part) ? new Uint8Array(part) : part;
}
