import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import type { Browser, Page } from 'playwright-core';
import type { TaskInfo } from '../../packages/dashboard/src/api-types.ts';
import { large, openBrowser, openPage, PAGES, serve } from './browser.ts';
import type { MockServer } from './mock/mock-server.ts';

let browser: Browser;
let server: MockServer;
let page: Page;
let problems: string[];

beforeAll(async () => {
  server = await serve(large());
  browser = await openBrowser();
  ({ page, problems } = await openPage(browser));
});
afterAll(async () => {
  await browser?.close();
  await server?.stop();
});
afterEach(() => expect(problems.splice(0)).toEqual([]));

async function open(address: string): Promise<void> {
  await page.goto(`${server.url}#/${address}`);
}

/** Waits until all of these texts are seen. */
async function see(...texts: (string | RegExp)[]): Promise<void> {
  for (const text of texts) await page.getByText(text).first().waitFor();
}

const first = <T>(list: readonly T[]) => list[0] as T;
const newestFailed = () => server.workload.tasks.findLast(({ state }) => state === 'FAILED') as TaskInfo;

test('all of it is below 100 kB, compressed', async () => {
  const files = (await readdir(PAGES, { recursive: true, withFileTypes: true })).filter(entry => entry.isFile());
  const contents = await Promise.all(
    files.map(({ parentPath, path, name }) => readFile(join(parentPath ?? path, name))),
  );
  expect(contents.reduce((sum, content) => sum + gzipSync(content).length, 0)).toBeLessThan(100_000);
});

test('nothing is asked of any other server', async () => {
  const hosts = new Set<string>();
  page.on('request', request => hosts.add(new URL(request.url()).host));
  await open('');
  await see('CPUs in use');
  expect([...hosts]).toEqual([new URL(server.url).host]);
});

test('the overview says how busy the nodes are, what waits and why, and what failed', async () => {
  await open('');
  await see('CPUs in use', 'CPU by node', 'Tasks running and waiting', /No node has GPU: 2/, 'Recent errors');
  await see(first(server.workload.errors).error.message);
  await page.locator('.chart canvas').nth(3).waitFor();
  await page.getByRole('figure', { name: /CPU by node.*atlas \d/ }).waitFor();
});

test('a job shows its progress by function, and who submitted what', async () => {
  const job = first(server.workload.jobs);
  await open('jobs');
  await page.getByRole('row', { name: /RUNNING|running/ }).click();
  await see('Progress by function', job.entrypoint, /16,\d+ finished/);
  await page.getByRole('button', { name: 'Open trainEpoch' }).click();
  await page
    .getByRole('button', { name: /^Open [0-9a-f]{24}$/ })
    .first()
    .click();
  await page.getByRole('button', { name: 'Open featurize' }).click();
  await see(/\d+ more tasks, in the table/);
});

test('a job is stopped once the reader is sure', async () => {
  const before = server.workload;
  await open(`jobs/${first(before.jobs).jobId}`);
  await page.getByRole('button', { name: 'Stop' }).click();
  await page.getByRole('button', { name: 'Stop it now' }).click();
  await see('stopped');
  expect(server.asked).toContain(`POST /api/jobs/${first(before.jobs).jobId}/stop`);
  server.show(before);
});

test('a job is submitted with a working directory, and what it prints is seen', async () => {
  const { jobId } = first(server.workload.jobs);
  await open('jobs');
  await page.getByRole('button', { name: 'Submit a job' }).click();
  await page.getByLabel('Command').fill('node train.js');
  await page.getByLabel('Environment').fill('SEED');
  await page.getByLabel(/working directory to send/).setInputFiles({
    name: 'code.zip',
    mimeType: 'application/zip',
    buffer: Buffer.from('content of a zip file'),
  });
  await page.getByRole('button', { name: 'Submit', exact: true }).click();
  await see(/Write NAME=value/);
  await page.getByLabel('Environment').fill('SEED=1');
  await page.getByRole('button', { name: 'Submit', exact: true }).click();
  await see(/epoch 1\s+epoch 2/, 'complete');
  expect(page.url()).toContain(`jobs/${jobId}`);
  expect(server.asked.filter(asked => asked.startsWith('PUT /api/packages/gcs/'))).toHaveLength(1);
  expect(server.asked).toContain('POST /api/jobs/');
  // Whether it was there already was asked before.
  problems.splice(0);
});

test('the tasks that failed are found by state, and one of them tells its story', async () => {
  const task = newestFailed();
  await open('tasks');
  await page.getByLabel('State').selectOption('FAILED');
  await page.getByRole('columnheader', { name: 'Submitted' }).waitFor();
  await page.locator('.table .window .row').first().click();
  await page.getByRole('heading', { name: task.name, exact: true }).waitFor();
  await see('What happened when', task.error?.message ?? '', 'waits for arguments', 'CPU 1');
});

test('a task shows what it printed', async () => {
  const { taskId } = server.workload.tasks.findLast(({ error }) => error?.stack !== undefined) as TaskInfo;
  await open(`tasks/${taskId}`);
  await page
    .getByRole('log')
    .getByText(/shard|epoch|cache|image|checkpoint/)
    .first()
    .waitFor();
  await see(/at decodeImage/);
});

test('what is typed into the search box is looked for by the server, and kept in the address', async () => {
  await open('tasks');
  // Until the page has come it may take the focus.
  await see('100,000 rows');
  await page.keyboard.press('/');
  await page.keyboard.type('featurize duration>2000');
  await page.waitForURL(/q=featurize\+duration%3E2000/);
  await see(/^\d+ rows$/);
  const names = await page.locator('.table .window .row a').allTextContents();
  expect(new Set(names.filter(name => name !== ''))).toContain('featurize');
  await page.reload();
  expect(await page.getByRole('searchbox').inputValue()).toBe('featurize duration>2000');
});

test('a filter that the server refuses is explained', async () => {
  await open('tasks?q=state!=FAILED');
  await see(/^99,\d+ rows$/);
  await page.route('**/api/v0/tasks?*', route =>
    route.fulfill({
      status: 400,
      json: { error: { code: 'BAD_FILTER', message: 'There is no field colour of tasks' } },
    }),
  );
  await page.getByRole('searchbox').fill('colour=red');
  await see('There is no field colour of tasks');
  await page.unroute('**/api/v0/tasks?*');
  // The browser reports the refusal, too.
  expect(problems.splice(0).every(problem => problem.includes('400'))).toBe(true);
});

test('the actor with the longest mailbox stands first', async () => {
  const slow = server.workload.actors[40];
  await open('actors');
  await see('4,182');
  await page.getByRole('grid').focus();
  await page.keyboard.press('Home');
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: slow?.name ?? '' }).waitFor();
  await see('Waiting in mailbox', '702 ms', 'ParameterServer.push');
});

test('the largest object stands first, with who keeps it', async () => {
  await open('objects');
  await page.locator('.table .window .row', { hasText: '512 MB' }).click();
  await page.getByRole('heading', { name: '512 MB' }).waitFor();
  await see('Refs in the driver', /train\.ts:27/);
});

test('a node shows its charts, its workers and its log', async () => {
  await open('nodes');
  await page.locator('.table .window .row', { hasText: 'boreas' }).click();
  await page.getByRole('heading', { name: 'boreas' }).waitFor();
  await see('Event-loop delay', 'busy, no answer', 'Load');
});

test('a worker is looked into: stack, flame graph and heap snapshot', async () => {
  await open(`workers/${first(server.workload.workers).workerId}`);
  await page.getByRole('button', { name: 'Stack' }).click();
  await see(/at readBits/);
  await page.getByLabel('How long to watch').selectOption('1');
  await page.getByRole('button', { name: 'CPU flame graph' }).click();
  const flames = page.getByRole('application', { name: /Flame graph/ });
  await flames.waitFor();
  await see(/1\.00 s watched/, 'inverseTransform');
  for (let depth = 0; depth < 3; depth++) await flames.press('ArrowDown');
  await page.getByRole('application', { name: /In view: decodeImage/ }).waitFor();
  const downloads = page.waitForEvent('download');
  await page.getByRole('button', { name: 'Heap snapshot' }).click();
  expect((await downloads).suggestedFilename()).toMatch(/\.heapsnapshot$/);
});

test('the log follows what is printed, and is searched', async () => {
  const { workload } = server;
  await open('logs');
  await see(/^2,000 lines$/);
  const line = workload.lines.at(-1);
  if (line === undefined) throw new Error('The workload prints nothing');
  server.print({ ...line, number: line.number + 1, text: '\u001b[31mthe disk of doris is full\u001b[0m' });
  await see('the disk of doris is full');
  await page.getByRole('searchbox').fill('disk of');
  await see(/^1 of 2,001 lines$/);
  expect(await page.locator('mark').textContent()).toBe('disk of');
});

test('the timeline is zoomed by keys, and downloaded as a Chrome trace', async () => {
  await open('timeline');
  const canvas = page.getByRole('application', { name: /Timeline/ });
  await canvas.waitFor();
  const span = async () => Number(await canvas.getAttribute('data-span'));
  const whole = await span();
  await canvas.press('+');
  await canvas.press('+');
  expect(await span()).toBeLessThan(whole / 2);
  await canvas.press('0');
  expect(await span()).toBe(whole);
  const downloads = page.waitForEvent('download');
  await page.getByRole('button', { name: 'Download Chrome trace' }).click();
  const trace = JSON.parse(await readFile(await (await downloads).path(), 'utf8')) as { ph: string }[];
  expect(trace.filter(({ ph }) => ph === 'X').length).toBeGreaterThan(98_000);
});

test('placement groups say why they wait', async () => {
  await open('placement-groups');
  await see('parameter servers', 'STRICT_PACK', /No single node has CPU: 4/);
});

test('metrics are charts: counters per second, histograms as quantiles', async () => {
  await open('metrics');
  await see('images_decoded', 'p99', 'aktis_workers');
  await page.getByRole('figure', { name: /images_decoded, now: images_decoded \d+/ }).waitFor();
});

test('everything is reached by keys, which ? lists', async () => {
  await open('');
  await see('CPUs in use');
  await page.keyboard.press('?');
  await see('Keyboard shortcuts');
  await page.keyboard.press('Escape');
  await page.getByText('Keyboard shortcuts').waitFor({ state: 'hidden' });
  await page.keyboard.press('g');
  await page.keyboard.press('t');
  await see('100,000 rows');
  await page.keyboard.press('j');
  await page.keyboard.press('j');
  await page.keyboard.press('j');
  const second = page.locator('.table .row[aria-selected=true]');
  expect(await second.getAttribute('aria-rowindex')).toBe('3');
  const dark = () => page.evaluate(() => getComputedStyle(document.documentElement).colorScheme);
  expect(await dark()).toBe('light dark');
  await page.keyboard.press('d');
  expect(await dark()).toBe('dark');
  await page.reload();
  expect(await dark()).toBe('dark');
  await page.evaluate(() => localStorage.clear());
});

test('on a phone nothing is wider than the screen', async () => {
  const phone = await openPage(browser, { viewport: { width: 375, height: 700 } });
  for (const address of ['', 'tasks', `tasks/${newestFailed().taskId}`, 'logs', 'metrics']) {
    await phone.page.goto(`${server.url}#/${address}`);
    await phone.page.getByRole('heading', { level: 1 }).waitFor();
    const wide = await phone.page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    expect([address, wide]).toEqual([address, 0]);
    const main = await phone.page.evaluate(() => {
      const { scrollWidth, clientWidth } = document.querySelector('main') as HTMLElement;
      return scrollWidth - clientWidth;
    });
    expect([address, main]).toEqual([address, 0]);
  }
  await phone.page.context().close();
});
