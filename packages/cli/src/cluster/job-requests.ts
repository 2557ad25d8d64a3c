import { setTimeout } from 'node:timers/promises';
import type { ControlStore, JobRecord, OutputRequest, OutputSlice, SubmissionRequest } from '@aktis/cluster';

const ANSWER_LIMIT_MS = 20_000;
/** For so long, the head may be away. */
const PATIENCE_MS = 30_000;
const RETRY_MS = 250;

export async function submitJob(store: ControlStore, request: SubmissionRequest): Promise<string> {
  const answer = await askHead(store, 'job.submit', JSON.stringify(request));
  return (JSON.parse(answer) as { jobId: string }).jobId;
}

export async function stopJob(store: ControlStore, jobId: string): Promise<JobRecord> {
  return JSON.parse(await askHead(store, 'job.stop', JSON.stringify({ jobId }))) as JobRecord;
}

async function askHead(store: ControlStore, subject: string, message: string): Promise<string> {
  const { NobodyThereError } = await import('@aktis/cluster');
  try {
    return await store.request(subject, message, ANSWER_LIMIT_MS);
  } catch (error) {
    if (!(error instanceof NobodyThereError)) throw error;
    const where = store.description.servers?.join(',') ?? 'host:port';
    throw new NobodyThereError(
      'The cluster has no head at the moment, which runs what is submitted. Start one: "aktis start --head" where it was, or ' +
        `on any machine, when the control store lives elsewhere, "aktis start --head --address ${where}"`,
      { cause: error },
    );
  }
}

/** What the command has written; with `follow` also what it will, until it ends. */
export async function writeOutput(store: ControlStore, jobId: string, follow: boolean): Promise<void> {
  for (let offset = 0; ; ) {
    const slice = await patiently(() => askForOutput(store, { jobId, offset, wait: follow }));
    process.stdout.write(Buffer.from(slice.data, 'base64'));
    if (slice.isEnd || (!follow && slice.data === '')) return;
    offset = slice.offset;
  }
}

async function askForOutput(store: ControlStore, request: OutputRequest): Promise<OutputSlice> {
  return JSON.parse(await store.request('job.output', JSON.stringify(request), ANSWER_LIMIT_MS)) as OutputSlice;
}

/** Tries again while the control store or the head is away. */
async function patiently<T>(ask: () => Promise<T>): Promise<T> {
  const limit = performance.now() + PATIENCE_MS;
  for (;;) {
    try {
      return await ask();
    } catch (error) {
      const { code } = error as { code?: string };
      const isAway = code === 'ERR_AKTIS_NOBODY_THERE' || code === 'ERR_AKTIS_CONTROL_PLANE_UNAVAILABLE';
      if (!isAway || performance.now() > limit) throw error;
      await setTimeout(RETRY_MS);
    }
  }
}
