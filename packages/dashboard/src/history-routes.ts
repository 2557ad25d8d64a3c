import type { FastifyInstance } from 'fastify';
import type { MetricDescription, MetricInfo, MetricList } from './api-types.ts';
import { CONTENT_TYPE, prometheusText } from './prometheus.ts';
import { Refusal } from './refusal.ts';
import type { HistoryQuery } from './sample-history.ts';
import type { Sampler } from './sampler.ts';

const DEFAULT_MS = 10 * 60_000;

const times = {
  since: { type: 'string', maxLength: 100, description: 'ISO 8601; default: ten minutes ago.' },
  resolution: { type: 'integer', minimum: 100, maximum: 86_400_000, default: 1000, description: 'Milliseconds.' },
};

interface HistoryRequest {
  readonly since?: string;
  readonly resolution: number;
  readonly name: string;
}

/** GET /api/history, /api/metrics/… and /metrics: how it was, and for Prometheus how it is. */
export function historyRoutes(app: FastifyInstance, sampler: Sampler): void {
  const tags = ['metrics'];
  app.get('/api/history', { schema: { tags, querystring: { type: 'object', properties: times } } }, async request =>
    sampler.history.query(timesOf(request.query as HistoryRequest)),
  );
  app.get('/api/metrics/list', { schema: { tags } }, async () => {
    const { core, user } = await sampler.families();
    const metrics = [
      ...user.map(family => described(family, 'user')),
      ...core.map(family => described(family, 'core')),
    ];
    return { metrics } satisfies MetricList;
  });
  const properties = { ...times, name: { type: 'string', minLength: 1, maxLength: 500 } };
  const querystring = { type: 'object', properties, required: ['name'] };
  app.get('/api/metrics/history', { schema: { tags, querystring } }, async request => {
    const query = request.query as HistoryRequest;
    return sampler.metrics.query({ ...timesOf(query), name: query.name });
  });
  app.get('/metrics', { schema: { tags } }, async (_request, reply) => {
    const { core, user } = await sampler.families();
    return reply.type(CONTENT_TYPE).send(await prometheusText([...core, ...user]));
  });
}

function timesOf({ since, resolution }: HistoryRequest): HistoryQuery {
  const from = since === undefined ? Date.now() - DEFAULT_MS : Date.parse(since);
  if (Number.isFinite(from)) return { since: from, resolution };
  throw new Refusal(400, 'BAD_REQUEST', `'${since}' is not a time; write it as ISO 8601`);
}

function described({ name, kind, description, tagKeys }: MetricInfo, source: 'core' | 'user'): MetricDescription {
  return { name, kind, description, tagKeys, source };
}
