import type { FastifyInstance } from 'fastify';
import type { PastSessions } from './api-types.ts';
import type { HistoryClient } from './history/history-client.ts';
import { Refusal } from './refusal.ts';

/** GET /api/sessions: which sessions were written down; `/history/<session>/api/…` tells of one. */
export function sessionRoutes(app: FastifyInstance, history: HistoryClient, current: string | undefined): void {
  const schema = { tags: ['history'] };
  app.get('/api/sessions', { schema }, async () => {
    const sessions = await history.sessions();
    return { ...sessions, ...(current !== undefined && { current }) } satisfies PastSessions;
  });
  const params = { type: 'object', properties: { id: { type: 'string', pattern: '^\\w{1,128}$' } } };
  app.get('/api/sessions/:id', { schema: { ...schema, params } }, async request => {
    const { id } = request.params as { id: string };
    const session = await history.session(id);
    if (session !== undefined) return session;
    throw new Refusal(404, 'NOT_FOUND', `There is no history of a session ${id} (any more)`);
  });
}
