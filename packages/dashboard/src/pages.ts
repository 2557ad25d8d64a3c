import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { extname, join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { brotliCompress, gzip } from 'node:zlib';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Access } from './access.ts';
import { Refusal } from './refusal.ts';

const TYPES: Readonly<Record<string, string>> = {
  '.css': 'text/css; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.txt': 'text/plain; charset=utf-8',
  '.woff2': 'font/woff2',
};
const COMPRESSED = /^(?:text|application)\/|svg/;

type Encoding = 'br' | 'gzip';
const compress = { br: promisify(brotliCompress), gzip: promisify(gzip) };

interface Page {
  readonly type: string;
  readonly body: Buffer;
  readonly etag: string;
  readonly compressed: Map<Encoding, Promise<Buffer>>;
}

const NOT_BUILT = `<!doctype html>
<html lang="en"><meta charset="utf-8"><title>Aktis</title>
<h1>The pages are not built</h1>
<p>The server runs, and answers under <code>/api</code>, but this copy of Aktis has no pages:
run <code>npm run build</code> in its repository, and load this page again.</p></html>`;
const USED_UP = `<!doctype html>
<html lang="en"><meta charset="utf-8"><title>Aktis</title>
<h1>This link has been used, or is too old</h1>
<p>A link lets one browser in, within five minutes. Print another: <code>npx aktis dashboard</code></p></html>`;

export interface PageOptions {
  readonly folder?: string;
  /** Where those are sent who come without a path; undefined: nowhere else. */
  readonly home?: () => Promise<string | undefined>;
}

/** The single-page application: a few files that Vite made, sent from memory. Paths are looked up, never opened. */
export async function servePages(
  app: FastifyInstance,
  access: Access,
  { folder = builtPages(), home = async () => undefined }: PageOptions = {},
): Promise<void> {
  let pages = await readPages(folder);
  const handler = async (request: FastifyRequest, reply: FastifyReply) => {
    const path = decodeURIComponent((request.url.split('?')[0] as string).slice(1)) || 'index.html';
    const { code } = request.query as { code?: unknown };
    if (path === 'index.html' && code !== undefined) return letIn(String(code), request, reply);
    const elsewhere = path === 'index.html' ? await home() : undefined;
    if (elsewhere !== undefined) return reply.redirect(elsewhere, 303);
    if (pages.size === 0) pages = await readPages(folder);
    const page = pages.get(path);
    if (page !== undefined) return send(page, path, request, reply);
    if (path === 'index.html')
      return reply
        .status(503)
        .type(TYPES['.html'] as string)
        .send(NOT_BUILT);
    throw new Refusal(404, 'NOT_FOUND', `There is no page /${path}`);
  };
  const config = { isOpen: true };
  const schema = { hide: true };
  app.get('/', { config, schema }, handler);
  app.get('/*', { config, schema }, handler);

  function letIn(code: string, request: FastifyRequest, reply: FastifyReply) {
    const cookie = access.redeem(code);
    if (cookie !== undefined) {
      reply.setCookie(access.cookieName, cookie, { httpOnly: true, sameSite: 'strict', path: '/' });
    } else if (!access.knowsCookie(request.cookies[access.cookieName])) {
      return reply
        .status(401)
        .type(TYPES['.html'] as string)
        .send(USED_UP);
    }
    // Without the code, which would stay in the browser's history.
    return reply.redirect('/', 303);
  }
}

async function send(page: Page, path: string, { headers }: FastifyRequest, reply: FastifyReply) {
  // The names of assets contain their hashes.
  const lasts = path.startsWith('assets/');
  reply.header('cache-control', lasts ? 'public, max-age=31536000, immutable' : 'no-cache');
  reply.header('etag', page.etag).header('vary', 'accept-encoding').type(page.type);
  if (headers['if-none-match'] === page.etag) return reply.status(304).send();
  const accepted = String(headers['accept-encoding'] ?? '');
  const encoding = (['br', 'gzip'] as const).find(name => new RegExp(`\\b${name}\\b`).test(accepted));
  if (encoding === undefined || !COMPRESSED.test(page.type)) return reply.send(page.body);
  let body = page.compressed.get(encoding);
  if (body === undefined) page.compressed.set(encoding, (body = compress[encoding](page.body) as Promise<Buffer>));
  return reply.header('content-encoding', encoding).send(await body);
}

async function readPages(folder: string): Promise<Map<string, Page>> {
  const pages = new Map<string, Page>();
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  for (const entry of entries) {
    if (!entry.isFile()) continue;
    const file = join(entry.parentPath ?? entry.path, entry.name);
    const body = await readFile(file);
    const etag = `"${createHash('sha256').update(body).digest('base64url').slice(0, 20)}"`;
    const type = TYPES[extname(file)] ?? 'application/octet-stream';
    pages.set(relative(folder, file).split(sep).join('/'), { type, body, etag, compressed: new Map() });
  }
  return pages;
}

function builtPages(): string {
  return fileURLToPath(new URL('../pages/', import.meta.url));
}
