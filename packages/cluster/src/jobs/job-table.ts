import type { ControlStore, Table } from '../control-store.ts';
import type { JobRecord, JobState } from '../records.ts';

/** So many jobs that have ended are remembered. */
const REMEMBERED = 200;

/** The table `jobs`. What has ended never changes again. */
export class JobTable {
  readonly #store: ControlStore;
  readonly #table: Table;

  constructor(store: ControlStore) {
    this.#store = store;
    this.#table = store.table('jobs');
  }

  async get(jobId: string): Promise<JobRecord | undefined> {
    const entry = await this.#table.get(jobId);
    return entry === undefined ? undefined : (JSON.parse(entry.value) as JobRecord);
  }

  /** The oldest first. */
  async list(): Promise<JobRecord[]> {
    const records = (await this.#table.list()).map(({ value }) => JSON.parse(value) as JobRecord);
    return records.sort((a, b) => (a.startedAt < b.startedAt ? -1 : 1));
  }

  /** False: there is a job of that id. */
  async create(record: JobRecord): Promise<boolean> {
    return (await this.#table.create(record.jobId, JSON.stringify(record))) !== undefined;
  }

  async delete(jobId: string): Promise<void> {
    await this.#table.delete(jobId);
  }

  async put(record: JobRecord): Promise<void> {
    await this.#table.put(record.jobId, JSON.stringify(record));
  }

  /** Says how a job ended, unless it is known already. */
  async end(jobId: string, state: JobState, more: Pick<JobRecord, 'message' | 'exitCode'> = {}): Promise<void> {
    for (;;) {
      const entry = await this.#table.get(jobId);
      if (entry === undefined) return;
      const record = JSON.parse(entry.value) as JobRecord;
      if (hasEnded(record)) return;
      const ended: JobRecord = { ...record, ...more, state, endedAt: new Date().toISOString() };
      if ((await this.#table.update(jobId, JSON.stringify(ended), entry.revision)) !== undefined) return;
    }
  }

  /** Forgets those that ended long ago, and programs that nobody needs any more. */
  async prune(): Promise<void> {
    const jobs = await this.list();
    const forgotten = jobs.filter(hasEnded).slice(0, -REMEMBERED);
    if (forgotten.length === 0) return;
    await Promise.all(forgotten.map(({ jobId }) => this.#table.delete(jobId)));
    const programs = new Set(forgotten.flatMap(({ code = [] }) => code));
    for (const job of jobs) if (job.code !== undefined && !forgotten.includes(job)) programs.delete(job.code);
    // Detached actors outlive their jobs, and may have to be constructed again.
    const actors = programs.size === 0 ? [] : await this.#store.table('actors').list('name.');
    for (const code of programs) {
      if (!actors.some(({ value }) => value.includes(code))) await this.#store.blobs.delete(code);
    }
  }
}

export function hasEnded({ state }: JobRecord): boolean {
  return state !== 'PENDING' && state !== 'RUNNING';
}
