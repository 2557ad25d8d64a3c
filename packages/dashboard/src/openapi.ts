import { createRequire } from 'node:module';
import swagger from '@fastify/swagger';
import type { FastifyInstance } from 'fastify';

// What @fastify/swagger adds, told here because npm may install it where it cannot see the Fastify it is for.
declare module 'fastify' {
  interface FastifySchema {
    readonly tags?: readonly string[];
    /** Not part of the description. */
    readonly hide?: boolean;
  }
}

/** Describes all routes that are declared after this, at /api/openapi.json. */
export async function describeRoutes(app: FastifyInstance): Promise<void> {
  await app.register(swagger, {
    openapi: {
      info: { title: 'Aktis dashboard', version: version() },
      components: { securitySchemes: { token: { type: 'http', scheme: 'bearer' } } },
      security: [{ token: [] }],
    },
  });
  const described = app as FastifyInstance & { swagger(): object };
  app.get('/api/openapi.json', { schema: { hide: true } }, async () => described.swagger());
}

/** Of this package. */
export function version(): string {
  return (createRequire(import.meta.url)('../package.json') as { version: string }).version;
}
