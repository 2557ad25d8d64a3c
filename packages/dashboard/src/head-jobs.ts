import type { Readable } from 'node:stream';
import type { SubmissionService } from '@aktis/cluster';
import type { JobControl, JobOutput, JobSubmission } from './job-control.ts';
import { Refusal } from './refusal.ts';

/** Output beyond so many bytes is in the file on the head only. */
const LONGEST_OUTPUT = 16 * 2 ** 20;

/** Where Ray's clients put packages. */
const PACKAGES = 'gcs://';

/** What runs submitted programs: the head of the cluster, in whose process this is. */
export class HeadJobs implements JobControl {
  readonly #submissions: SubmissionService;

  constructor(submissions: SubmissionService) {
    this.#submissions = submissions;
  }

  async submit({ entrypoint, submission_id: jobId, runtime_env: environment = {} }: JobSubmission): Promise<string> {
    const { env_vars: env = {}, working_dir: place } = environment;
    if (!isTexts(env)) throw new Refusal(400, 'BAD_REQUEST', 'runtime_env.env_vars must be an object of texts');
    if (place !== undefined && typeof place !== 'string') {
      const allowed = "a folder of the head's machine, or gcs://<name> of a package that was put";
      throw new Refusal(400, 'BAD_REQUEST', `runtime_env.working_dir must be ${allowed}`);
    }
    const uploaded = place?.startsWith(PACKAGES) ? place.slice(PACKAGES.length) : undefined;
    if (uploaded !== undefined && !(await this.hasUpload(uploaded))) {
      throw new Refusal(404, 'NOT_FOUND', `There is no package ${place} (any more): put it again`);
    }
    const submitted = await refusing(() =>
      this.#submissions.submit({
        command: ['/bin/sh', '-c', entrypoint],
        entrypoint,
        env,
        ...(jobId !== undefined && { jobId }),
        ...(uploaded !== undefined ? { package: uploaded } : place !== undefined && { directory: place }),
      }),
    );
    return submitted.jobId;
  }

  async stop(id: string): Promise<boolean> {
    return this.#submissions.stopRunning(id);
  }

  delete(id: string): Promise<boolean> {
    return this.#submissions.remove(id);
  }

  async logs(id: string): Promise<string> {
    const pieces: Buffer[] = [];
    for (let offset = 0; offset < LONGEST_OUTPUT; ) {
      const slice = await this.#submissions.output({ jobId: id, offset, wait: false });
      pieces.push(Buffer.from(slice.data, 'base64'));
      if (slice.isEnd || slice.offset === offset) return Buffer.concat(pieces).toString();
      offset = slice.offset;
    }
    return `${Buffer.concat(pieces)}\n… and more: aktis job logs ${id}\n`;
  }

  async output(jobId: string, offset: number): Promise<JobOutput> {
    const { data, ...slice } = await this.#submissions.output({ jobId, offset, wait: true });
    return { ...slice, data: Buffer.from(data, 'base64') };
  }

  async upload(name: string, content: Readable): Promise<void> {
    await refusing(() => this.#submissions.packages.keep(name, content));
  }

  hasUpload(name: string): Promise<boolean> {
    return refusing(async () => this.#submissions.packages.has(name));
  }
}

/** What is wrong with a package is the asker's business. */
async function refusing<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const { code, message } = error as { code?: string; message: string };
    if (code === 'ERR_AKTIS_PACKAGE_TOO_LARGE') throw new Refusal(413, 'BODY_TOO_LARGE', message);
    if (code === 'ERR_AKTIS_INVALID_PACKAGE') throw new Refusal(400, 'BAD_REQUEST', message);
    throw error;
  }
}

function isTexts(value: unknown): value is Record<string, string> {
  return typeof value === 'object' && value !== null && Object.values(value).every(each => typeof each === 'string');
}
