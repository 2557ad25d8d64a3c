import type { FastifyInstance } from 'fastify';
import { Refusal } from './refusal.ts';
import type { Source } from './source.ts';

/** What may be asked by name: whatever comes, it changes nothing. */
const QUESTIONS: ReadonlySet<string> = new Set([
  'state',
  'stateSummary',
  'logs',
  'log',
  'stacks',
  'profile',
  'timeline',
  'memoryStats',
  'metrics',
  'nodeMetrics',
  'series',
  'nodes',
  'clusterResources',
  'availableResources',
]);

const body = {
  type: 'object',
  properties: { value: { type: 'object', default: {}, description: 'As nodes understand it.' } },
  additionalProperties: false,
};

/** POST /api/questions/<name>: the questions that nodes answer, for the command line. See `askDashboard`. */
export function questionRoutes(app: FastifyInstance, source: Source): void {
  app.post('/api/questions/:name', { schema: { tags: ['questions'], body } }, async request => {
    const { name } = request.params as { name: string };
    if (!QUESTIONS.has(name)) throw new Refusal(404, 'NOT_FOUND', `There is no question '${name}' to be asked here`);
    return { answer: await source.ask(name, (request.body as { value: object }).value) };
  });
}
