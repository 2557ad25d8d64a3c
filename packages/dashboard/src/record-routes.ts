import type { StateResource } from '@aktis/core';
import type { FastifyInstance } from 'fastify';
import type { Resource, StateSummaries } from './api-types.ts';
import { Refusal } from './refusal.ts';
import type { ListQuery, Source } from './source.ts';

const RESOURCES: Readonly<Record<Resource, { readonly resource: StateResource; readonly id: string }>> = {
  tasks: { resource: 'tasks', id: 'taskId' },
  actors: { resource: 'actors', id: 'actorId' },
  objects: { resource: 'objects', id: 'objectId' },
  workers: { resource: 'workers', id: 'workerId' },
  nodes: { resource: 'nodes', id: 'nodeId' },
  jobs: { resource: 'jobs', id: 'jobId' },
  placement_groups: { resource: 'placementGroups', id: 'placementGroupId' },
};

/** As people type them; the operators with two characters before those they begin with. */
const FILTER = /^(\w+):(!=|<=|>=|=|<|>|contains):(.*)$/s;

const filter = {
  type: 'array',
  items: { type: 'string', maxLength: 1_000 },
  maxItems: 20,
  description: '`key:operator:value`; all must hold. Operators: = != < <= > >= contains.',
};

const querystring = {
  type: 'object',
  properties: {
    limit: { type: 'integer', minimum: 1, maximum: 10_000, default: 100 },
    offset: { type: 'integer', minimum: 0, default: 0 },
    sort: { type: 'string', maxLength: 100, description: 'A field; with `-` before it, the largest first.' },
    filter,
    detail: { type: 'string', enum: ['0', '1', 'true', 'false'], default: '0' },
  },
};

interface ListRequest {
  readonly limit: number;
  readonly offset: number;
  readonly sort?: string;
  readonly filter?: readonly string[];
  readonly detail: string;
}

/** GET /api/v0/…: what there is, by the state API. */
export function recordRoutes(app: FastifyInstance, source: Source): void {
  const schema = { tags: ['records'] };
  for (const [name, { resource, id: key }] of Object.entries(RESOURCES)) {
    app.get(`/api/v0/${name}`, { schema: { ...schema, querystring } }, async request => {
      const { limit, offset, sort, filter, detail } = request.query as ListRequest;
      return source.list(resource, {
        limit,
        offset,
        ...(sort ? { sort } : {}),
        filters: parseFilters(filter),
        detail: detail === '1' || detail === 'true',
      });
    });
    app.get(`/api/v0/${name}/:id`, { schema }, async request => {
      const { id } = request.params as { id: string };
      const newest = resource === 'tasks' ? { sort: '-attempt' } : {};
      const { items } = await source.list(resource, { ...newest, filters: [[key, '=', id]], limit: 1, detail: true });
      if (items[0] !== undefined) return items[0];
      throw new Refusal(404, 'NOT_FOUND', `There is no ${key.replace('Id', '')} ${id} (any more)`);
    });
  }
  for (const name of ['tasks', 'actors', 'objects'] satisfies (keyof StateSummaries)[]) {
    const summed = { ...schema, querystring: { type: 'object', properties: { filter } } };
    app.get(`/api/v0/summary/${name}`, { schema: summed }, async request => {
      const { filter } = request.query as Pick<ListRequest, 'filter'>;
      return source.summary(name, { filters: parseFilters(filter) });
    });
  }
}

function parseFilters(texts: readonly string[] = []): NonNullable<ListQuery['filters']> {
  return texts.map(text => {
    const [, key, operator, value] = FILTER.exec(text) ?? [];
    if (key !== undefined && operator !== undefined && value !== undefined) return [key, operator, value] as const;
    throw new Refusal(400, 'BAD_FILTER', `The filter '${text}' must be 'key:operator:value', such as state:=:FAILED`);
  });
}
