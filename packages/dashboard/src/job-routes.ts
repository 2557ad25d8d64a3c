import type { Readable } from 'node:stream';
import type { FastifyInstance } from 'fastify';
import type { JobInfo, JobStopped } from './api-types.ts';
import type { JobControl, JobSubmission } from './job-control.ts';
import { tailOutput } from './job-tail.ts';
import { Refusal } from './refusal.ts';
import type { Source } from './source.ts';

/** A working directory, zipped. */
const UPLOAD_LIMIT = 100 * 1024 * 1024;

/** What Ray's clients expect of a job. */
interface RayJob {
  readonly type: JobInfo['type'];
  readonly job_id: string | null;
  readonly submission_id: string | null;
  readonly status: JobInfo['state'];
  readonly entrypoint: string;
  readonly message: string | null;
  /** Milliseconds since the epoch. */
  readonly start_time: number;
  readonly end_time: number | null;
  readonly driver_node_id: string | null;
  readonly driver_info: { readonly id: string; readonly pid: string } | null;
}

const submission = {
  type: 'object',
  required: ['entrypoint'],
  properties: {
    entrypoint: { type: 'string', minLength: 1, maxLength: 100_000 },
    submission_id: { type: 'string', pattern: '^[\\w.-]{1,128}$' },
    runtime_env: { type: 'object', additionalProperties: true },
    metadata: { type: 'object', additionalProperties: { type: 'string' } },
  },
};
const params = { type: 'object', properties: { id: { type: 'string', pattern: '^[\\w.-]{1,128}$' } } };
const packageName = { type: 'object', properties: { name: { type: 'string', pattern: '^[\\w-][\\w.-]{0,200}$' } } };

/** The jobs API, in the shape of Ray's, so that its clients work. */
export function jobRoutes(app: FastifyInstance, source: Source, jobs: JobControl | undefined, version: string): void {
  const tags = ['jobs'];
  app.get('/api/version', { schema: { tags } }, async () => ({ version: '4', aktis_version: version }));
  app.get('/api/jobs/', { schema: { tags } }, async () =>
    (await source.list('jobs', { limit: 10_000 })).items.map(rayJob),
  );
  app.get('/api/jobs/:id', { schema: { tags, params } }, async request => rayJob(await known(idOf(request.params))));
  app.post('/api/jobs/', { schema: { tags, body: submission } }, async request => {
    const id = await control().submit(request.body as JobSubmission);
    return { job_id: id, submission_id: id };
  });
  app.post('/api/jobs/:id/stop', { schema: { tags, params } }, async request => {
    const { jobId } = await known(idOf(request.params));
    return { stopped: await control().stop(jobId) } satisfies JobStopped;
  });
  app.delete('/api/jobs/:id', { schema: { tags, params } }, async request => {
    const { jobId } = await known(idOf(request.params));
    return { deleted: await control().delete(jobId) };
  });
  app.get('/api/jobs/:id/logs', { schema: { tags, params } }, async request => {
    const { jobId } = await known(idOf(request.params));
    return { logs: await control().logs(jobId) };
  });
  app.get('/api/jobs/:id/logs/tail', { schema: { tags, params } }, async (request, reply) => {
    const { jobId } = await known(idOf(request.params));
    await tailOutput(control(), jobId, reply);
  });
  app.get('/api/packages/gcs/:name', { schema: { tags, params: packageName } }, async request => {
    const { name } = request.params as { name: string };
    if (await control().hasUpload(name)) return { exists: true };
    throw new Refusal(404, 'NOT_FOUND', `There is no package ${name}`);
  });
  app.register(async uploads => {
    // As it comes, whatever it is called.
    uploads.removeAllContentTypeParsers();
    uploads.addContentTypeParser('*', (_request, payload, done) => done(null, payload));
    const options = { schema: { tags, params: packageName }, bodyLimit: UPLOAD_LIMIT };
    uploads.put('/api/packages/gcs/:name', options, async request => {
      const { name } = request.params as { name: string };
      const length = Number(request.headers['content-length'] ?? Number.NaN);
      if (Number.isNaN(length)) throw new Refusal(411, 'BAD_REQUEST', 'A package needs a Content-Length');
      if (length > UPLOAD_LIMIT) {
        const megabytes = (bytes: number) => `${Math.ceil(bytes / 2 ** 20)} MB`;
        const hint = 'leave out what the program does not need';
        const message = `A package may have ${megabytes(UPLOAD_LIMIT)}, but this has ${megabytes(length)}: ${hint}`;
        throw new Refusal(413, 'BODY_TOO_LARGE', message);
      }
      await control().upload(name, request.body as Readable);
      return { uploaded: true };
    });
  });

  function control(): JobControl {
    if (jobs !== undefined) return jobs;
    const hint = "start a cluster with 'aktis start --head', and submit there";
    throw new Refusal(501, 'JOBS_UNAVAILABLE', `A session of one program runs no submitted jobs: ${hint}`);
  }

  async function known(id: string): Promise<JobInfo> {
    const { items } = await source.list('jobs', { filters: [['jobId', '=', id]], limit: 1, detail: true });
    if (items[0] !== undefined) return items[0];
    throw new Refusal(404, 'NOT_FOUND', `There is no job ${id}`);
  }
}

const idOf = (params: unknown) => (params as { id: string }).id;

function rayJob(job: JobInfo): RayJob {
  const { type, jobId, state, entrypoint, message, startedAt, endedAt, driverNodeId, driverPid } = job;
  return {
    type,
    job_id: type === 'DRIVER' ? jobId : null,
    submission_id: type === 'SUBMISSION' ? jobId : null,
    status: state,
    entrypoint,
    message: message ?? null,
    start_time: Date.parse(startedAt),
    end_time: endedAt === undefined ? null : Date.parse(endedAt),
    driver_node_id: driverNodeId ?? null,
    driver_info: driverPid === undefined ? null : { id: jobId, pid: String(driverPid) },
  };
}
