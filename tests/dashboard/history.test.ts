import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { openPastDashboard, type PastDashboard, type PastSessions } from '@aktis/dashboard';
import type { Browser, Page } from 'playwright-core';
import { openBrowser, openPage } from './browser.ts';

// Sessions that are over: one ended properly, one by kill -9; a server that has no session of its own shows both.

const PROGRAM = fileURLToPath(new URL('programs/kept.mjs', import.meta.url));

let folder: string;
let dashboard: PastDashboard;
let browser: Browser;
let page: Page;
let problems: string[];
let origin: string;
const ids = { ended: '', killed: '' };
let killed: ChildProcess;

function run(end: string): ChildProcess {
  return spawn(process.execPath, [PROGRAM, folder, end], { stdio: ['ignore', 'pipe', 'inherit'] });
}
async function firstLine({ stdout }: ChildProcess): Promise<string> {
  for await (const line of createInterface({ input: stdout as NodeJS.ReadableStream })) return line;
  throw new Error('It ended without a word');
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'aktis-history-'));
  killed = run('never');
  const ended = run('properly');
  [ids.killed, ids.ended] = await Promise.all([firstLine(killed), firstLine(ended)]);
  dashboard = await openPastDashboard({ directory: folder, port: 0 });
  origin = new URL(dashboard.link).origin;
  browser = await openBrowser();
  ({ page, problems } = await openPage(browser));
  await page.goto(dashboard.link);
});
afterAll(async () => {
  killed.kill('SIGKILL');
  await browser?.close();
  await dashboard?.close();
  await rm(folder, { recursive: true, force: true });
});

/** With the browser's cookie. */
const ask = <Answer>(path: string): Promise<Answer> =>
  page.evaluate(async path => (await (await fetch(path)).json()) as never, path) as Promise<Answer>;
const open = (sessionId: string, address: string) => page.goto(`${origin}/history/${sessionId}/#/${address}`);
async function see(...texts: (string | RegExp)[]): Promise<void> {
  for (const text of texts) await page.getByText(text).first().waitFor();
}

test('a session that runs is read by others while it writes, and after kill -9 what it did is there', async () => {
  const tasks = () =>
    ask<{ total: number }>(`/history/${ids.killed}/api/v0/tasks?limit=1&filter=state:=:FINISHED`).then(
      ({ total }) => total,
    );
  // 500 of add, the actor's constructor and its method.
  while ((await tasks()) < 502) await setTimeout(100);
  const running = () => ask<{ total: number }>(`/history/${ids.killed}/api/v0/tasks?filter=state:=:RUNNING`);
  while ((await running()).total < 1) await setTimeout(100);
  const { sessions } = await ask<PastSessions>('/api/sessions');
  expect(sessions.find(({ sessionId }) => sessionId === ids.killed)?.state).toBe('RUNNING');
  killed.kill('SIGKILL');
  await once(killed, 'exit');
  const after = await ask<PastSessions>('/api/sessions');
  expect(after.problems).toEqual([]);
  expect(after.sessions.find(({ sessionId }) => sessionId === ids.killed)).toMatchObject({ state: 'DIED' });
});

test('without a path one comes to the newest session; the list leads to the others', async () => {
  await page.goto(`${origin}/`);
  expect(page.url()).toContain('/history/');
  await open(ids.killed, 'history');
  await see('ended without a word', 'died without a word');
  await page.locator(`a[href="../../history/${ids.ended}/"]`).click();
  await page.getByRole('status').getByText('has ended').waitFor();
  expect(page.url()).toContain(ids.ended);
});

test('the pages show the past as they show the present', async () => {
  await open(ids.ended, 'overview');
  await see('there is no such number', 'CPUs in use');
  await open(ids.ended, 'tasks?state=FAILED');
  await page.getByRole('link', { name: 'refuse' }).first().click();
  await see('RangeError');
  await open(ids.ended, 'jobs');
  await see('kept.mjs');
  await page.getByRole('row').getByText('succeeded').waitFor();
  await open(ids.ended, 'actors');
  await see('Counter');
  await open(ids.ended, 'timeline');
  await see('By name');
  // What cannot be of the past is not offered.
  expect(await page.getByRole('navigation').getByText('Logs').count()).toBe(0);
  expect(problems).toEqual([]);
});

test('the charts of the past are drawn from its end', async () => {
  const { past } = await ask<{ past: { startedAt: string } }>(`/history/${ids.killed}/api/status`);
  const { times, series } = await ask<{ times: number[]; series: { name: string }[] }>(
    `/history/${ids.killed}/api/history?since=${past.startedAt}`,
  );
  expect(times.length).toBeGreaterThan(0);
  expect(series.map(({ name }) => name)).toContain('node_cpu_percent');
});

test('a program that has nothing more to do ends, and its history is complete', async () => {
  const program = run('by itself');
  const ended = once(program, 'exit');
  const id = await firstLine(program);
  expect(await ended).toEqual([0, null]);
  expect(await ask(`/api/sessions/${id}`)).toMatchObject({ state: 'ENDED', tasks: { finished: 502, failed: 1 } });
});

test('nobody without the token learns anything, not even which sessions there are', async () => {
  for (const path of ['api/sessions', `history/${ids.ended}/api/status`, 'history/nobody/api/status']) {
    expect((await fetch(`${origin}/${path}`)).status).toBe(401);
  }
  expect(await ask('/history/nobody/api/status')).toMatchObject({ error: { code: 'NOT_FOUND' } });
  // Only what was found in the folder is opened.
  expect(await ask('/history/..%2f..%2fetc/api/status')).toMatchObject({ error: { code: 'NOT_FOUND' } });
});

test('a folder without history is refused, with how to get one', async () => {
  const empty = join(folder, 'empty');
  await expect(openPastDashboard({ directory: empty })).rejects.toThrow(/init\(\{ history: true \}\)/);
  await writeFile(join(folder, '20260101T000000-1-feed.sqlite'), 'no database');
  expect((await ask<PastSessions>('/api/sessions')).problems).toEqual([expect.stringContaining('set aside')]);
});
