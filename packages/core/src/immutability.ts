import { createHash } from 'node:crypto';
import type { Payload } from '@aktis/transport';
import { AktisError } from './errors.ts';
import type { ObjectEntry } from './object-entry.ts';
import type { Task } from './task.ts';

/**
 * Finds out who writes to shared buffers, which are read-only by contract but not by force: with
 * `AKTIS_CHECK_IMMUTABLE=1` their checksums are taken when they are stored and compared after every task that had them as
 * arguments, and at every `get`. Costs a pass over the bytes each time; meant for the search of a bug.
 */
export class ImmutabilityCheck {
  readonly #checksums = new WeakMap<ObjectEntry, string>();
  /** The tasks that last got the object. */
  readonly #readers = new WeakMap<ObjectEntry, Set<string>>();

  static fromEnvironment(): ImmutabilityCheck | null {
    return process.env.AKTIS_CHECK_IMMUTABLE === '1' ? new ImmutabilityCheck() : null;
  }

  stored(entry: ObjectEntry): void {
    const checksum = checksumOf(entry.payload);
    if (checksum !== null) this.#checksums.set(entry, checksum);
  }

  /** `task` gets the objects `entries`. */
  lent(entries: readonly ObjectEntry[], task: Task): void {
    for (const entry of entries) {
      if (!this.#checksums.has(entry)) continue;
      let readers = this.#readers.get(entry);
      if (readers === undefined) this.#readers.set(entry, (readers = new Set()));
      readers.add(task.name);
    }
  }

  /** @throws AktisError when somebody has written to one of the objects; `task` has just had them. */
  verify(entries: readonly ObjectEntry[], task: Task | null): void {
    for (const entry of entries) {
      const expected = this.#checksums.get(entry);
      if (expected === undefined || entry.state !== 'ready' || checksumOf(entry.payload) === expected) continue;
      this.#checksums.set(entry, checksumOf(entry.payload) as string);
      const suspects = task?.name ?? [...(this.#readers.get(entry) ?? [])].join(' or ');
      throw new AktisError(
        `A shared buffer was written to${suspects === '' ? '' : ` by ${suspects}`}: objects are immutable. ` +
          'Write to a copy: get(ref, { copy: true }), or array.slice() in the task',
      );
    }
  }
}

function checksumOf(payload: Payload | undefined): string | null {
  if (payload === undefined || typeof payload === 'string') return null;
  const shared = payload[1].filter(part => !ArrayBuffer.isView(part));
  if (shared.length === 0) return null;
  const hash = createHash('sha1');
  // A hash refuses shared memory, so it gets copies.
  for (const part of shared) hash.update(Uint8Array.from(new Uint8Array(part as SharedArrayBuffer)));
  return hash.digest('base64');
}
