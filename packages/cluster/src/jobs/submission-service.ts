import { randomBytes } from 'node:crypto';
import { statSync } from 'node:fs';
import { type FileHandle, open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { setTimeout } from 'node:timers/promises';
import { AktisError, InvalidOptionError } from '@aktis/core';
import type { ControlStore } from '../control-store.ts';
import { fileFailure, privateDirectory } from '../private-files.ts';
import type { JobRecord } from '../records.ts';
import { hasEnded, JobTable } from './job-table.ts';
import { LeftoverProcesses } from './leftover-processes.ts';
import { type PackageInUse, PackageStore } from './packages/package-store.ts';
import { shellCommand } from './shell-words.ts';
import { Submission, type SubmissionRequest } from './submission.ts';

/** Bytes of output in one answer. */
const SLICE = 128 * 1024;
const NEWS_LIMIT_MS = 5_000;
const NEWS_EVERY_MS = 50;
/** So long after a failure it is tried again to write down how a job does. */
const AGAIN_MS = 500;

/** A piece of a command's output. */
export interface OutputSlice {
  /** Base64: it may end within a character. */
  readonly data: string;
  /** Where the next slice begins. */
  readonly offset: number;
  readonly isEnd: boolean;
}

export interface OutputRequest {
  readonly jobId: string;
  /** In bytes. */
  readonly offset: number;
  readonly wait: boolean;
}

interface ServiceOptions {
  readonly store: ControlStore;
  /** The session directory. */
  readonly directory: string;
  /** What commands find in their environment, so that their `init()` finds the cluster. */
  readonly env: NodeJS.ProcessEnv;
  nodeId(): string;
}

/** Runs what is submitted; a part of the head. */
export class SubmissionService {
  readonly #options: ServiceOptions;
  readonly #jobs: JobTable;
  readonly #directory: string;
  /** Working directories that were uploaded. */
  readonly packages: PackageStore;
  readonly #running = new Map<string, Submission>();
  readonly #processes: LeftoverProcesses;
  readonly #written = new Set<Promise<void>>();
  readonly #endings: (() => void)[];
  #isClosing = false;

  private constructor(options: ServiceOptions) {
    const { store } = options;
    this.#options = options;
    this.#jobs = new JobTable(store);
    this.#directory = privateDirectory(join(options.directory, 'jobs'));
    this.#processes = new LeftoverProcesses(this.#directory);
    this.packages = new PackageStore(join(options.directory, 'packages'));
    this.#endings = [
      store.serve('job.submit', async message => JSON.stringify(await this.submit(JSON.parse(message)))),
      store.serve('job.stop', async message => JSON.stringify(await this.stop(JSON.parse(message)))),
      store.serve('job.output', async message => JSON.stringify(await this.output(JSON.parse(message)))),
    ];
  }

  static async start(options: ServiceOptions): Promise<SubmissionService> {
    const service = new SubmissionService(options);
    await service.#endLeftovers();
    return service;
  }

  /** Ends what runs. */
  async close(reason: string): Promise<void> {
    this.#isClosing = true;
    for (const end of this.#endings) end();
    await Promise.all([...this.#running.values()].map(submission => submission.stop(reason)));
    await Promise.all(this.#written);
  }

  /** Commands of a head that was killed may still run, but nobody can say how they end: they are ended. */
  async #endLeftovers(): Promise<void> {
    const ran = await this.#processes.end();
    for (const record of await this.#jobs.list()) {
      if (record.kind !== 'submission' || hasEnded(record) || this.#running.has(record.jobId)) continue;
      const message = `the head that ran it died${ran.has(record.jobId) ? ', and it was ended when the head came back' : ''}`;
      await this.#jobs.end(record.jobId, 'FAILED', { message });
    }
    await this.#jobs.prune();
  }

  async submit(request: SubmissionRequest): Promise<{ jobId: string }> {
    const { command, directory, entrypoint = shellCommand(command), jobId = randomBytes(8).toString('hex') } = request;
    const { package: uploaded, install = false } = request;
    if (command.length === 0) throw new AktisError('There is no command to run');
    if (directory !== undefined && !isDirectory(directory)) {
      throw new AktisError(`The head has no folder ${directory}: name one of its machine with --working-dir`);
    }
    const logFile = this.#logFile(jobId);
    const used = uploaded === undefined ? undefined : await this.#packageOf(uploaded, install);
    const record: JobRecord = {
      jobId,
      kind: 'submission',
      driverNodeId: this.#options.nodeId(),
      namespace: '',
      state: 'PENDING',
      entrypoint,
      startedAt: new Date().toISOString(),
    };
    if (!(await this.#jobs.create(record))) {
      await used?.done();
      throw new AktisError(`There is a job ${jobId} already: choose another id`);
    }
    const prepared = used === undefined ? request : { ...installing(request), directory: used.folder };
    const submission = await this.#begin(prepared, jobId, logFile).catch(async error => {
      await used?.done();
      throw error;
    });
    this.#running.set(jobId, submission);
    const written = this.#record(record, submission)
      .catch(error => {
        process.emitWarning(`How job ${jobId} does could not be written down: ${(error as Error).message}`);
      })
      .finally(() => used?.done());
    this.#written.add(written);
    void written.then(() => this.#written.delete(written));
    return { jobId };
  }

  async #begin(request: SubmissionRequest, jobId: string, logFile: string): Promise<Submission> {
    let submission: Submission | undefined;
    try {
      submission = new Submission(request, logFile, { ...this.#options.env, AKTIS_JOB_ID: jobId });
      if (submission.pid !== undefined) this.#processes.add(jobId, submission.pid);
      return submission;
    } catch (cause) {
      const failure = fileFailure(logFile, cause);
      // Nobody would know of it.
      await submission?.stop(failure.message);
      await this.#jobs.end(jobId, 'FAILED', { message: failure.message });
      throw failure;
    }
  }

  /** What was uploaded to the dashboard is here already; commands put it into the control store. */
  async #packageOf(name: string, isOwn: boolean): Promise<PackageInUse> {
    if (!this.packages.has(name) && /^[0-9a-f]{64}$/.test(name)) {
      const { blobs } = this.#options.store;
      const content = await blobs.get(name);
      if (content === undefined) throw new AktisError(`The working directory ${name.slice(0, 12)}… has not arrived`);
      await this.packages.keep(name, Readable.from([content]));
      await blobs.delete(name);
    }
    return this.packages.use(name, isOwn);
  }

  async #record(record: JobRecord, submission: Submission): Promise<void> {
    await this.#surely(record.jobId, () => this.#jobs.put({ ...record, state: 'RUNNING' }));
    const { state, ...more } = await submission.ended;
    this.#processes.delete(record.jobId);
    try {
      await this.#surely(record.jobId, () => this.#jobs.end(record.jobId, state, more));
    } finally {
      this.#running.delete(record.jobId);
    }
  }

  /** The control store may be away for long: whoever waits for the job waits for this. */
  async #surely(jobId: string, write: () => Promise<void>): Promise<void> {
    for (let isFirst = true; ; isFirst = false) {
      try {
        return await write();
      } catch (error) {
        if (this.#isClosing) throw error;
        const { message } = error as Error;
        if (isFirst)
          process.emitWarning(`How job ${jobId} does could not be written down, it is tried again: ${message}`);
        await setTimeout(AGAIN_MS);
      }
    }
  }

  async stop({ jobId }: { jobId: string }): Promise<JobRecord> {
    const { kind, state } = await this.#known(jobId);
    if (kind === 'driver' && state === 'RUNNING') {
      throw new InvalidOptionError(`Job ${jobId} is a program that connected by itself: end it where it runs`);
    }
    await this.#running.get(jobId)?.stop('it was stopped by "aktis job stop"');
    await this.#ended(jobId);
    return this.#known(jobId);
  }

  /** False: it had ended already, or does not run here. */
  async stopRunning(jobId: string): Promise<boolean> {
    const isRunning = this.#running.has(jobId);
    await this.stop({ jobId });
    return isRunning;
  }

  /** Forgets a job and its output. False: it has not ended, or is not known. */
  async remove(jobId: string): Promise<boolean> {
    const record = await this.#jobs.get(jobId);
    if (record === undefined || !hasEnded(record) || this.#running.has(jobId)) return false;
    await this.#jobs.delete(jobId);
    await rm(this.#logFile(jobId), { force: true });
    return true;
  }

  /** Resolves once the end of a job is written down. */
  async #ended(jobId: string): Promise<void> {
    while (this.#running.has(jobId)) await setTimeout(10);
  }

  /** With `wait`, waits a while for news when there are none. */
  async output({ jobId, offset, wait }: OutputRequest): Promise<OutputSlice> {
    const limit = performance.now() + (wait ? NEWS_LIMIT_MS : 0);
    for (;;) {
      // Asked first: what is written before the end is read after it.
      const hasEnded = !this.#running.has(jobId);
      const data = await slice(this.#logFile(jobId), offset);
      if (data === undefined) {
        await this.#known(jobId);
        return { data: '', offset, isEnd: true };
      }
      if (data.length > 0 || hasEnded || performance.now() >= limit) {
        return { data: data.toString('base64'), offset: offset + data.length, isEnd: hasEnded && data.length < SLICE };
      }
      await setTimeout(NEWS_EVERY_MS);
    }
  }

  async #known(jobId: string): Promise<JobRecord> {
    const record = await this.#jobs.get(jobId);
    if (record === undefined) throw new AktisError(`There is no job ${jobId}; see "aktis job list"`);
    return record;
  }

  #logFile(jobId: string): string {
    if (!/^[\w.-]{1,128}$/.test(jobId)) throw new AktisError(`"${jobId}" is no job id; see "aktis job list"`);
    return join(this.#directory, `${jobId}.log`);
  }
}

async function slice(path: string, offset: number): Promise<Buffer | undefined> {
  let file: FileHandle;
  try {
    file = await open(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
  try {
    const { bytesRead, buffer } = await file.read(Buffer.alloc(SLICE), 0, SLICE, offset);
    return buffer.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
}

/** Its output is part of the command's. */
function installing(request: SubmissionRequest): SubmissionRequest {
  if (request.install !== true) return request;
  return {
    ...request,
    command: ['/bin/sh', '-c', 'npm ci --no-audit --no-fund && exec "$@"', 'sh', ...request.command],
  };
}

function isDirectory(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
}
