import { Readable } from 'node:stream';
import type { HeapSnapshotPart } from '@aktis/core';
import type { FastifyInstance } from 'fastify';
import type { CpuProfile, HeapSnapshotInfo, StackInfo, WorkerStack } from './api-types.ts';
import { Refusal } from './refusal.ts';
import type { Source } from './source.ts';

/** POST /api/workers/<id>/…: what a living worker is doing. */
export function workerRoutes(app: FastifyInstance, source: Source): void {
  const tags = ['workers'];
  app.post('/api/workers/:id/stack', { schema: { tags } }, async request => {
    const workerId = await living(request.params);
    const [stack] = await source.ask<StackInfo[]>('stacks', { workerId });
    if (stack === undefined) throw new Refusal(404, 'WORKER_GONE', `The worker ${workerId} is gone`);
    return { ...stack, text: textOf(stack) } satisfies WorkerStack;
  });
  const ms = { type: 'integer', minimum: 1, maximum: 60_000, default: 3_000 };
  const querystring = { type: 'object', properties: { ms } };
  app.post('/api/workers/:id/profile', { schema: { tags, querystring } }, async request => {
    const { ms } = request.query as { ms: number };
    return source.ask<CpuProfile>('profile', { workerId: await living(request.params), duration: ms });
  });
  app.post('/api/workers/:id/heap-snapshot', { schema: { tags } }, async (request, reply) => {
    const workerId = await living(request.params);
    const snapshot = await source.ask<HeapSnapshotInfo>('heapSnapshot', { workerId });
    const { sizeBytes } = snapshot;
    const content = Readable.from(partsOf(snapshot), { objectMode: false });
    const name = `worker-${workerId}.heapsnapshot`;
    reply.header('content-disposition', `attachment; filename="${name}"`).header('content-length', sizeBytes);
    return reply.type('application/json').send(content);
  });

  /** It lies on the node of the worker. Large, and nobody else's: it goes when it has been sent. */
  async function* partsOf({ nodeId, file }: HeapSnapshotInfo): AsyncGenerator<Buffer> {
    try {
      for (let offset = 0, isEnd = false; !isEnd; ) {
        const part = await source.ask<HeapSnapshotPart>('heapSnapshotPart', { nodeId, file, offset });
        const data = Buffer.from(part.data, 'base64');
        offset += data.length;
        ({ isEnd } = part);
        yield data;
      }
    } finally {
      await source.ask('removeHeapSnapshot', { nodeId, file }).catch(() => {});
    }
  }

  async function living(params: unknown): Promise<string> {
    const { id } = params as { id: string };
    const { items } = await source.list('workers', { filters: [['workerId', '=', id]], limit: 1 });
    if (items[0]?.state === 'ALIVE') return id;
    const how = items[0] === undefined ? 'is not known' : `is ${items[0].state.toLowerCase()}`;
    throw new Refusal(404, 'WORKER_GONE', `The worker ${id} ${how}`);
  }
}

/** As an error prints it. */
function textOf({ frames }: StackInfo): string {
  return frames
    .map(({ functionName, url, line, column }) => `    at ${functionName || '<anonymous>'} (${url}:${line}:${column})`)
    .join('\n');
}
