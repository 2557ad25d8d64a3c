import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { type Access, isOwnHost, isOwnOrigin } from './access.ts';
import { Refusal } from './refusal.ts';

/** Nothing inline, nothing from elsewhere, in nobody's frame. */
const HEADERS = {
  'content-security-policy':
    "default-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'cache-control': 'no-store',
};

declare module 'fastify' {
  interface FastifyContextConfig {
    /** What tells nothing about the session: the pages, which are the same for everybody, and that the server is up. */
    readonly isOpen?: boolean;
  }
}

/**
 * Stands before every route, also those that do not exist, on every method and before a body is read. Who comes by a
 * foreign name or from a foreign page is refused whatever it carries; everybody else needs the token or the cookie.
 */
export function guard(app: FastifyInstance, access: Access, host: string): void {
  app.addHook('onRequest', async (request: FastifyRequest, reply: FastifyReply) => {
    reply.headers(HEADERS);
    const { headers, method, routeOptions } = request;
    if (!isOwnHost(headers.host, host)) {
      throw new Refusal(403, 'FOREIGN_HOST', `This server is not ${headers.host ?? 'without a name'}`);
    }
    if (headers.origin !== undefined && !isOwnOrigin(headers.origin, headers.host)) {
      throw new Refusal(403, 'FOREIGN_ORIGIN', `Pages of ${headers.origin} may not use this server`);
    }
    if (routeOptions.config?.isOpen === true) return;
    if (access.knowsToken(headers.authorization)) return;
    const site = headers['sec-fetch-site'];
    if (site === 'cross-site' || site === 'same-site') {
      throw new Refusal(403, 'FOREIGN_ORIGIN', 'Pages of other servers may not use this server');
    }
    if (!access.knowsCookie(request.cookies[access.cookieName])) {
      reply.header('www-authenticate', 'Bearer realm="aktis"');
      throw new Refusal(
        401,
        'UNAUTHENTICATED',
        "Open the link that init() or 'aktis dashboard' prints, or send the token: 'Authorization: Bearer …'",
      );
    }
    // Browsers send it with everything that changes something; a cookie alone proves nothing about who asks.
    if (method !== 'GET' && method !== 'HEAD' && headers.origin === undefined) {
      throw new Refusal(403, 'FOREIGN_ORIGIN', 'A request that changes something needs an Origin, or the token');
    }
  });
}
