import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import type { AxeResults } from 'axe-core';
import type { Browser, Page } from 'playwright-core';
import { openBrowser, openPage, serve } from './browser.ts';
import type { MockServer } from './mock/mock-server.ts';
import { makeWorkload } from './mock/workload.ts';

let browser: Browser;
let server: MockServer;
let page: Page;
let axe: string;

beforeAll(async () => {
  server = await serve(makeWorkload(Date.now(), { tasks: 2000, actors: 200 }));
  browser = await openBrowser();
  ({ page } = await openPage(browser, { reducedMotion: 'reduce' }));
  axe = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
});
afterAll(async () => {
  await browser?.close();
  await server?.stop();
});

/** What axe finds wrong; in the second theme only the colours can be. */
async function violations(rules?: readonly string[]): Promise<string[]> {
  await page.evaluate(`${axe}; undefined`);
  const results = await page.evaluate(async rules => {
    const { axe } = globalThis as unknown as { axe: { run: (options: object) => Promise<AxeResults> } };
    return await axe.run(rules ? { runOnly: rules, resultTypes: ['violations'] } : { resultTypes: ['violations'] });
  }, rules);
  return results.violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 160)).join('\n')}`);
}

const first = <T>(list: readonly T[]) => list[0] as T;

const ADDRESSES: readonly (readonly [string, () => string])[] = [
  ['the overview', () => ''],
  ['jobs', () => 'jobs'],
  ['a job', () => `jobs/${first(server.workload.jobs).jobId}`],
  ['tasks', () => 'tasks'],
  ['a failed task', () => `tasks/${server.workload.tasks.find(({ state }) => state === 'FAILED')?.taskId}`],
  ['actors', () => 'actors'],
  ['an actor', () => `actors/${server.workload.actors.find(({ state }) => state === 'DEAD')?.actorId}`],
  ['objects', () => 'objects'],
  ['an object', () => `objects/${first(server.workload.objects).objectId}`],
  ['placement groups', () => 'placement-groups'],
  ['nodes', () => 'nodes'],
  ['a node', () => `nodes/${first(server.workload.nodes).nodeId}`],
  ['a worker', () => `workers/${first(server.workload.workers).workerId}`],
  ['logs', () => 'logs'],
  ['the timeline', () => 'timeline'],
  ['metrics', () => 'metrics'],
];

test.each(ADDRESSES)('%s can be used by everybody, in light and dark', async (_, address) => {
  await page.emulateMedia({ colorScheme: 'light' });
  await page.goto(`${server.url}#/${address()}`);
  await page.getByRole('heading', { level: 1 }).waitFor();
  await page.getByText('Loading…').first().waitFor({ state: 'detached' });
  expect(await violations()).toEqual([]);
  await page.emulateMedia({ colorScheme: 'dark' });
  expect(await violations(['color-contrast'])).toEqual([]);
});

test('what a worker shows of its inside, the list of keys and the way in can be used by everybody', async () => {
  await page.emulateMedia({ colorScheme: 'light' });
  await page.goto(`${server.url}#/workers/${first(server.workload.workers).workerId}`);
  await page.getByRole('button', { name: 'CPU flame graph' }).click();
  await page.getByRole('application', { name: /Flame graph/ }).waitFor();
  expect(await violations()).toEqual([]);
  await page.keyboard.press('?');
  await page.getByText('Keyboard shortcuts').waitFor();
  expect(await violations()).toEqual([]);
  await page.keyboard.press('Escape');
  server.isLocked = true;
  await page.reload();
  await page.getByText('npx aktis dashboard').waitFor();
  expect(await violations()).toEqual([]);
});
