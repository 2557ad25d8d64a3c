import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import { MockServer } from './mock/mock-server.ts';
import { makeWorkload, type Workload } from './mock/workload.ts';

const CHROMIUM = '/usr/bin/chromium';
export const PAGES = fileURLToPath(new URL('../../packages/dashboard/pages', import.meta.url));

// Nothing of what a browser does on its own: it would look for hosts that are not there.
const ARGUMENTS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

export async function openBrowser(): Promise<Browser> {
  if (!existsSync(CHROMIUM)) {
    throw new Error(`These tests need ${CHROMIUM}. Install it with: apt-get update && apt-get install -y chromium`);
  }
  return await chromium.launch({ executablePath: CHROMIUM, args: ARGUMENTS });
}

export const large = (): Workload => makeWorkload(Date.now(), { tasks: 100_000, actors: 10_000 });

export async function serve(workload: Workload, port?: number): Promise<MockServer> {
  if (!existsSync(`${PAGES}/index.html`)) throw new Error('The pages are not built. Run: npm run build');
  return await MockServer.start(workload, PAGES, port);
}

/** A page in a browser of its own, and what went wrong in it. */
export async function openPage(
  browser: Browser,
  options?: BrowserContextOptions,
): Promise<{ page: Page; problems: string[] }> {
  const context = await browser.newContext(options);
  context.setDefaultTimeout(20_000);
  const page = await context.newPage();
  const problems: string[] = [];
  page.on('pageerror', error => problems.push(String(error.stack)));
  page.on('console', message => {
    if (message.type() === 'error') problems.push(message.text());
  });
  return { page, problems };
}
