import { clearInterval, setInterval } from 'node:timers';
import type { LogAnswer } from '@aktis/core';
import type { FastifyInstance } from 'fastify';
import type { LogLine, LogLines } from './api-types.ts';
import { EventStream } from './event-stream.ts';
import type { Source } from './source.ts';

const POLL_MS = 300;
/** Polls without a word after which a follower gets a sign of life. */
const SILENT_POLLS = 40;

/** Ids are looked up among what is known, and never become part of a path. */
const id = { type: 'string', pattern: '^[\\w-]{1,128}$' };
const which = { taskId: id, actorId: id, workerId: id, nodeId: id, jobId: id };

interface LogRequest {
  readonly taskId?: string;
  readonly actorId?: string;
  readonly workerId?: string;
  readonly nodeId?: string;
  readonly jobId?: string;
  readonly tail?: number;
}

/** GET /api/logs and /api/logs/stream: what workers printed, and print. */
export function logRoutes(app: FastifyInstance, source: Source): void {
  const tail = { type: 'integer', minimum: 0, maximum: 10_000, default: 100 };
  const tags = ['logs'];
  app.get(
    '/api/logs',
    { schema: { tags, querystring: { type: 'object', properties: { ...which, tail } } } },
    async request => {
      const { lines } = await ask(request.query as LogRequest);
      return { lines } satisfies LogLines;
    },
  );
  app.get(
    '/api/logs/stream',
    { schema: { tags, querystring: { type: 'object', properties: which } } },
    async (request, reply) => {
      const query = request.query as LogRequest;
      let { last } = await ask({ ...query, tail: 1 });
      let silence = 0;
      let isAsking = false;
      const poll = setInterval(async () => {
        if (isAsking) return;
        isAsking = true;
        try {
          const answer = await ask({ ...query, tail: 10_000 }, last);
          ({ last } = answer);
          for (const line of answer.lines) stream.send(line);
          silence = answer.lines.length > 0 ? 0 : silence + 1;
          if (silence >= SILENT_POLLS) stream.beat();
          silence %= SILENT_POLLS;
        } catch {
          reply.raw.destroy();
        } finally {
          isAsking = false;
        }
      }, POLL_MS).unref();
      const stream = new EventStream(reply, () => clearInterval(poll));
    },
  );

  async function ask({ nodeId, ...query }: LogRequest, after?: LogAnswer['last']): Promise<LogAnswer> {
    const answer = await source.ask<LogAnswer>('log', { ...query, ...(after === undefined ? {} : { after }) });
    const isWanted = (line: LogLine) => nodeId === undefined || line.nodeId === nodeId;
    return { ...answer, lines: answer.lines.filter(isWanted) };
  }
}
