import type { SubmissionService } from '@aktis/cluster';
import type { JobControl, JobSubmission } from './job-control.ts';
import { Refusal } from './refusal.ts';

/** Output beyond so many bytes is in the file on the head only. */
const LONGEST_OUTPUT = 16 * 2 ** 20;

/** What runs submitted programs: the head of the cluster, in whose process this is. */
export class HeadJobs implements JobControl {
  readonly #submissions: SubmissionService;

  constructor(submissions: SubmissionService) {
    this.#submissions = submissions;
  }

  async submit({ entrypoint, submission_id: jobId, runtime_env: environment = {} }: JobSubmission): Promise<string> {
    const { env_vars: env = {}, working_dir: directory } = environment;
    if (!isTexts(env)) throw new Refusal(400, 'BAD_REQUEST', 'runtime_env.env_vars must be an object of texts');
    if (directory !== undefined && typeof directory !== 'string') {
      throw new Refusal(400, 'BAD_REQUEST', "runtime_env.working_dir must be a folder of the head's machine");
    }
    const submitted = await this.#submissions.submit({
      command: ['/bin/sh', '-c', entrypoint],
      entrypoint,
      env,
      ...(jobId !== undefined && { jobId }),
      ...(directory !== undefined && { directory }),
    });
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

  upload(): Promise<void> {
    throw new Refusal(
      501,
      'NOT_SUPPORTED',
      "This head takes no working directories: name a folder of the head's machine",
    );
  }

  async hasUpload(): Promise<boolean> {
    return false;
  }
}

function isTexts(value: unknown): value is Record<string, string> {
  return typeof value === 'object' && value !== null && Object.values(value).every(each => typeof each === 'string');
}
