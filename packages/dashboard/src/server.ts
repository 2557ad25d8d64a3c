import { createServer, type Server } from 'node:http';
import cookie from '@fastify/cookie';
import fastify, { type FastifyInstance, type FastifyReply } from 'fastify';
import type { Access } from './access.ts';
import type { ApiError, PastSession, Timeline } from './api-types.ts';
import { guard } from './guard.ts';
import type { HistoryClient } from './history/history-client.ts';
import { PastServers } from './history/past-servers.ts';
import { pastSource } from './history/past-source.ts';
import { historyRoutes } from './history-routes.ts';
import { jobRoutes } from './job-routes.ts';
import { LiveFeed } from './live-feed.ts';
import { logRoutes } from './log-routes.ts';
import { describeRoutes, version } from './openapi.ts';
import { servePages } from './pages.ts';
import { questionRoutes } from './question-routes.ts';
import { RecentErrors } from './recent-errors.ts';
import { recordRoutes } from './record-routes.ts';
import { Refusal } from './refusal.ts';
import { Sampler } from './sampler.ts';
import type { DashboardSource } from './session-room.ts';
import { sessionRoutes } from './session-routes.ts';
import { Source } from './source.ts';
import { StatusReader } from './status-reader.ts';
import { workerRoutes } from './worker-routes.ts';

/** What nobody needs more of in a question; uploads have a limit of their own. */
const BODY_LIMIT = 256 * 1024;

export interface Place {
  /** Where it listens. */
  readonly host: string;
  readonly url: string;
}

/** The dashboard's server, complete but for the socket it listens on. */
export class DashboardServer {
  readonly app: FastifyInstance;
  readonly http: Server;
  /** The session it shows is over. */
  readonly past: PastSession | undefined;
  readonly #sampler: Sampler;
  readonly #feed: LiveFeed;
  readonly #servers: PastServers | undefined;

  private constructor(
    app: FastifyInstance,
    http: Server,
    sampler: Sampler,
    feed: LiveFeed,
    servers: PastServers | undefined,
    past: PastSession | undefined,
  ) {
    this.#servers = servers;
    this.past = past;
    this.app = app;
    this.http = http;
    this.#sampler = sampler;
    this.#feed = feed;
  }

  static async create(source: DashboardSource, access: Access, place: Place): Promise<DashboardServer> {
    let http: Server | undefined;
    const servers = source.past === undefined && source.history ? new PastServers(source.history, make) : undefined;
    const app = fastify({
      bodyLimit: BODY_LIMIT,
      forceCloseConnections: true,
      serverFactory: handler =>
        (http = createServer({ requestTimeout: 60_000 }, (request, response) =>
          servers === undefined ? handler(request, response) : void servers.route(request, response, handler),
        )),
      frameworkErrors: (_error, _request, reply: FastifyReply) => {
        void reply.status(400).send(apiError('BAD_REQUEST', 'The URL cannot be read'));
      },
      ajv: { customOptions: { coerceTypes: 'array', removeAdditional: false } },
    });
    answerErrors(app);
    await app.register(cookie);
    guard(app, access, place.host);
    await describeRoutes(app);
    async function make(sessionId: string): Promise<DashboardServer | undefined> {
      const past = await pastSource(source.history as HistoryClient, sessionId);
      return past && DashboardServer.create(past, access, place);
    }
    const questions = new Source(source.ask);
    const status = new StatusReader(questions, { ...source, version: version() });
    const sampler = new Sampler(questions);
    const feed = new LiveFeed(status, new RecentErrors(questions));
    app.get('/healthz', { config: { isOpen: true }, schema: { tags: ['health'] } }, async () => ({ status: 'ok' }));
    app.get('/api/status', { schema: { tags: ['live'] } }, () => status.read());
    app.get('/api/events', { schema: { tags: ['live'] } }, (_request, reply) => feed.add(reply));
    app.get('/api/timeline', { schema: { tags: ['records'] } }, async () => {
      const [traceEvents, { dropped }] = await Promise.all([
        questions.timeline(),
        questions.list('tasks', { limit: 1 }),
      ]);
      return { traceEvents, dropped } satisfies Timeline;
    });
    app.post('/api/session/link', { schema: { tags: ['access'] } }, async () => ({
      url: `${place.url}/?code=${access.newCode()}`,
    }));
    recordRoutes(app, questions);
    questionRoutes(app, questions);
    logRoutes(app, questions);
    workerRoutes(app, questions);
    historyRoutes(app, sampler);
    if (source.history !== undefined)
      sessionRoutes(app, source.history, (source.historyId ?? source.sessionId) || undefined);
    jobRoutes(app, questions, source.jobs, version());
    // What is not there is nobody's business either, unlike pages that are not there.
    app.get('/api/*', { schema: { hide: true } }, (_request, reply) => reply.callNotFound());
    await servePages(app, access, source.home && { home: source.home });
    await app.ready();
    if (source.past === undefined) sampler.start();
    else await sampler.recall();
    return new DashboardServer(app, http as Server, sampler, feed, servers, source.past);
  }

  async close(): Promise<void> {
    this.#sampler.stop();
    this.#feed.close();
    await this.#servers?.close();
    this.http.closeAllConnections();
    await this.app.close();
  }
}

/** Every failure becomes an `ApiError`; what went wrong inside is told, because whoever asks owns the session. */
function answerErrors(app: FastifyInstance): void {
  app.setNotFoundHandler((request, reply) => {
    void reply.status(404).send(apiError('NOT_FOUND', `There is no ${request.method} ${request.url.split('?')[0]}`));
  });
  app.setErrorHandler((error: Error & { code?: unknown; statusCode?: number }, _request, reply) => {
    const { status, code } = kindOf(error);
    void reply.status(status).send(apiError(code, error.message));
  });
}

function kindOf(error: Error & { code?: unknown; statusCode?: number }): { status: number; code: string } {
  if (error instanceof Refusal) return error;
  switch (error.code) {
    case 'ERR_AKTIS_INVALID_OPTION':
      return { status: 400, code: 'BAD_FILTER' };
    case 'ERR_AKTIS_WORKER_DIED':
      return { status: 404, code: 'WORKER_GONE' };
    case 'ERR_AKTIS_NODE_DIED':
    case 'ERR_AKTIS_NODE_SILENT':
    case 'ERR_AKTIS_CONTROL_PLANE_UNAVAILABLE':
      return { status: 503, code: 'UNAVAILABLE' };
    case 'FST_ERR_CTP_BODY_TOO_LARGE':
      return { status: 413, code: 'BODY_TOO_LARGE' };
    case 'FST_ERR_CTP_INVALID_MEDIA_TYPE':
      return { status: 415, code: 'BAD_REQUEST' };
  }
  const status = error.statusCode ?? 500;
  return { status, code: status < 500 ? 'BAD_REQUEST' : 'INTERNAL' };
}

function apiError(code: string, message: string): ApiError {
  return { error: { code, message } };
}
