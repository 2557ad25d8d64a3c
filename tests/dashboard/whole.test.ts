import { hostname } from 'node:os';
import { get, init, remote, type Session, shutdown } from 'aktis';
import type { Browser, Page } from 'playwright-core';
import { openBrowser, openPage } from './browser.ts';

// The pages and the server together, about a session that really runs.

const add = remote(function add(a: number, b: number) {
  console.log(`adding ${a} and ${b}`);
  return a + b;
});
const refuse = remote(function refuse(): number {
  throw new RangeError('there is no such number');
});
const greedy = remote(function greedy() {}, { resources: { moon: 1 } });
@remote()
class Counter {
  #count = 0;
  increment() {
    return ++this.#count;
  }
}

let session: Session;
let browser: Browser;
let page: Page;
let problems: string[];

beforeAll(async () => {
  session = await init({ numCpus: 2, token: 'secret', dashboardPort: 0, logToDriver: false });
  browser = await openBrowser();
  ({ page, problems } = await openPage(browser));
});
afterAll(async () => {
  await browser?.close();
  await shutdown();
});

const open = (address: string) => page.goto(`${session.dashboardUrl}/#/${address}`);
async function see(...texts: (string | RegExp)[]): Promise<void> {
  for (const text of texts) await page.getByText(text).first().waitFor();
}

test('without the link there is a door, with it there is the session', async () => {
  await open('');
  await see('This dashboard wants to know who you are');
  const answer = await fetch(`${session.dashboardUrl}/api/session/link`, {
    method: 'POST',
    headers: { authorization: 'Bearer secret' },
  });
  await page.goto(((await answer.json()) as { url: string }).url);
  expect(page.url()).not.toContain('code');
  await see('CPUs in use');
  // What was refused at the door.
  problems.length = 0;
});

test('what runs, waits and fails is seen, and what was printed', async () => {
  const counter = Counter.remote();
  await get([add.remote(1, 2), counter.increment.remote()]);
  await get(refuse.remote()).catch(() => {});
  const write = process.stderr.write.bind(process.stderr);
  process.stderr.write = () => true;
  greedy.remote();
  process.stderr.write = write;
  await open('');
  await see('there is no such number', /moon/);
  await open('tasks');
  await see('add', 'refuse', 'greedy');
  await open('actors');
  await see('Counter');
  await open('logs');
  await see('adding 1 and 2');
  await open('nodes');
  await see(hostname());
  await open('metrics');
  await see('aktis_tasks');
  expect(problems).toEqual([]);
});
