import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { hostname, networkInterfaces } from 'node:os';

/** How long the link works that `init` prints. */
const CODE_MS = 5 * 60_000;
/** Browsers that may be signed in at a time; the oldest are signed out. */
const BROWSERS = 1_000;

const LOOPBACK = ['localhost', '127.0.0.1', '[::1]'];

/** Who may look: whoever has the token, or a browser that came with a one-time code and was given a cookie for it. */
export class Access {
  readonly token: string;
  readonly cookieName: string;
  readonly #now: () => number;
  readonly #codes = new Map<string, number>();
  readonly #browsers = new Set<string>();

  /** @param sessionId cookies are shared by all ports of a host, so their name says whose they are */
  constructor(sessionId: string, token = secret(), now: () => number = Date.now) {
    this.token = token;
    this.cookieName = `aktis_${sessionId.slice(0, 12)}`;
    this.#now = now;
  }

  /** A code that lets one browser in, once, within the next five minutes. */
  newCode(): string {
    for (const [code, until] of this.#codes) if (until < this.#now()) this.#codes.delete(code);
    const code = secret();
    this.allow(code);
    return code;
  }

  /** Makes `code`, which was told to somebody at that time, such a code. */
  allow(code: string, toldAt = this.#now()): void {
    this.#codes.set(code, toldAt + CODE_MS);
  }

  /** What the browser's cookie is to be; undefined: the code is wrong, old or used. */
  redeem(code: string): string | undefined {
    const until = this.#codes.get(code);
    this.#codes.delete(code);
    if (until === undefined || until < this.#now()) return undefined;
    const cookie = secret();
    this.#browsers.add(cookie);
    for (const oldest of this.#browsers) {
      if (this.#browsers.size <= BROWSERS) break;
      this.#browsers.delete(oldest);
    }
    return cookie;
  }

  knowsCookie(cookie: string | undefined): boolean {
    return cookie !== undefined && this.#browsers.has(cookie);
  }

  /** @param authorization the header */
  knowsToken(authorization: string | undefined): boolean {
    const given = /^Bearer (.+)$/i.exec(authorization ?? '')?.[1];
    return given !== undefined && timingSafeEqual(digest(given), digest(this.token));
  }
}

/**
 * Whether a Host header names this server. Only names are compared, because tunnels change ports: a page elsewhere that
 * makes its own name point here (DNS rebinding) still has to send that name.
 *
 * @param host where the server listens
 */
export function isOwnHost(header: string | undefined, host: string): boolean {
  const name = /^(\[[\da-f:.]+\]|[^:[\]]+)(?::\d{1,5})?$/i.exec(header ?? '')?.[1]?.toLowerCase();
  if (name === undefined) return false;
  if (LOOPBACK.includes(name) || name === bracketed(host).toLowerCase()) return true;
  if (host !== '0.0.0.0' && host !== '::') return false;
  const addresses = Object.values(networkInterfaces()).flatMap(list => list?.map(({ address }) => address) ?? []);
  return name === hostname().toLowerCase() || addresses.some(address => bracketed(address) === name);
}

/** Whether an Origin header is that of a page this server sent: the host it was asked by. */
export function isOwnOrigin(origin: string, host: string | undefined): boolean {
  const url = URL.canParse(origin) ? new URL(origin) : undefined;
  return (url?.protocol === 'http:' || url?.protocol === 'https:') && url.host === host?.toLowerCase();
}

/** As it stands in a URL. */
function bracketed(host: string): string {
  return host.includes(':') ? `[${host}]` : host;
}

function secret(): string {
  return randomBytes(24).toString('base64url');
}

const digest = (text: string) => createHash('sha256').update(text).digest();
