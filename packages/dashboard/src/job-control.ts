import type { Readable } from 'node:stream';

/** A program that is to run on the cluster; the names are Ray's. */
export interface JobSubmission {
  /** A command line. */
  readonly entrypoint: string;
  /** Default: made up. */
  readonly submission_id?: string;
  readonly runtime_env?: Readonly<Record<string, unknown>>;
  readonly metadata?: Readonly<Record<string, string>>;
}

/** A piece of what a program has printed. */
export interface JobOutput {
  /** It may end within a character. */
  readonly data: Uint8Array;
  /** Where the next piece begins. */
  readonly offset: number;
  /** The program has ended, and this was the last of it. */
  readonly isEnd: boolean;
}

/** What runs submitted programs: the head of a cluster. */
export interface JobControl {
  /** Resolves to the id of the submission. Rejects when the id is taken. */
  submit(job: JobSubmission): Promise<string>;
  /** False: it had ended already. */
  stop(id: string): Promise<boolean>;
  /** False: it has not ended, or is not known. */
  delete(id: string): Promise<boolean>;
  /** What it has printed. */
  logs(id: string): Promise<string>;
  /** What it has printed beyond so many bytes. When there is nothing yet, waits a while for it. */
  output(id: string, offset: number): Promise<JobOutput>;
  /** Keeps a working directory, zipped, for submissions that name it. */
  upload(name: string, content: Readable): Promise<void>;
  hasUpload(name: string): Promise<boolean>;
}
