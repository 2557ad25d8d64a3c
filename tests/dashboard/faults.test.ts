import type { Browser } from 'playwright-core';
import { openBrowser, openPage, serve } from './browser.ts';
import { emptyWorkload, makeWorkload } from './mock/workload.ts';

let browser: Browser;
beforeAll(async () => {
  browser = await openBrowser();
});
afterAll(async () => await browser?.close());

const small = () => makeWorkload(Date.now(), { tasks: 2000, actors: 100 });

test('without a token it says how to get in, and lets in who has one meanwhile', async () => {
  const server = await serve(small());
  server.isLocked = true;
  const { page } = await openPage(browser);
  await page.goto(server.url);
  await page.getByText('npx aktis dashboard').waitFor();
  expect(await page.getByRole('navigation').count()).toBe(0);
  server.isLocked = false;
  // It tries by itself, too, and may be faster: then there is no button any more.
  const entered = page.getByText('CPUs in use').waitFor();
  await Promise.race([page.getByRole('button', { name: 'Try again' }).click(), entered]);
  await entered;
  await page.context().close();
  await server.stop();
});

test('a token that is no longer valid shows the way in again', async () => {
  const server = await serve(small());
  const { page } = await openPage(browser);
  await page.goto(`${server.url}#/tasks`);
  await page.getByText('2,000 rows').waitFor();
  server.isLocked = true;
  await page.keyboard.press('r');
  await page.getByText('npx aktis dashboard').waitFor();
  await page.context().close();
  await server.stop();
});

test('a node that dies while its page is open says so, there and everywhere', async () => {
  const server = await serve(small());
  const { page } = await openPage(browser);
  const node = server.workload.nodes[2];
  if (node === undefined) throw new Error('The workload has too few nodes');
  await page.goto(`${server.url}#/nodes/${node.nodeId}`);
  await page.getByRole('heading', { name: node.name }).waitFor();
  await page.getByText('live', { exact: true }).first().waitFor();
  server.killNode(node.nodeId, 'its process ended with signal SIGKILL');
  await page.getByText('This node has died.').waitFor();
  await page.getByText(/its process ended with signal SIGKILL.*last/).waitFor();
  await page.goto(`${server.url}#/actors`);
  await page
    .getByRole('status')
    .getByText(/SIGKILL/)
    .waitFor();
  await page.getByRole('button', { name: 'Dismiss' }).click();
  expect(await page.getByText(/SIGKILL/).count()).toBe(0);
  await page.context().close();
  await server.stop();
});

test('a lost connection is said, what was seen stays, and it comes back by itself', async () => {
  const workload = small();
  const server = await serve(workload);
  const { port } = server;
  const { page } = await openPage(browser);
  await page.goto(server.url);
  await page.getByText('CPUs in use').waitFor();
  await server.stop();
  await page.getByText('Connection lost', { exact: true }).waitFor();
  await page.getByText(/What you see is from/).waitFor();
  await page.getByText('CPUs in use').waitFor();
  const again = await serve(workload, port);
  await page.getByText('Connection lost', { exact: true }).waitFor({ state: 'detached' });
  await page.getByText('live', { exact: true }).waitFor();
  await page.context().close();
  await again.stop();
});

test('what does not exist is said, with why that may be', async () => {
  const server = await serve(small());
  const { page } = await openPage(browser);
  for (const address of ['tasks/ab12', 'actors/ab12', 'objects/ab12', 'nodes/ab12', 'workers/ab12', 'jobs/ab12']) {
    await page.goto(`${server.url}#/${address}`);
    await page.getByText(/There is no \w+ ab12\./).waitFor();
  }
  await page.goto(`${server.url}#/nonsense`);
  await page.getByText('There is no page nonsense.').waitFor();
  await page.context().close();
  await server.stop();
});

test('a worker that is gone when it is looked into says so', async () => {
  const workload = small();
  const server = await serve(workload);
  const { page } = await openPage(browser);
  const worker = workload.workers[0];
  await page.goto(`${server.url}#/workers/${worker?.workerId}`);
  await page.getByRole('button', { name: 'Stack' }).waitFor();
  server.show({ ...workload, workers: workload.workers.slice(1) });
  await page.getByRole('button', { name: 'Stack' }).click();
  await page.getByText(`Worker ${worker?.workerId} is gone`).waitFor();
  await page.context().close();
  await server.stop();
});

test('a session in which nothing has happened says what to do on every page', async () => {
  const server = await serve(emptyWorkload(Date.now()));
  const { page, problems } = await openPage(browser);
  const said: readonly (readonly [string, string])[] = [
    ['', 'Nothing waits.'],
    ['jobs', 'No job here.'],
    ['tasks', 'No task has run yet.'],
    ['actors', 'There are no actors.'],
    ['objects', 'There are no objects.'],
    ['nodes?show=workers', 'No worker here.'],
    ['logs', 'Nothing has been printed.'],
    ['timeline', 'Nothing has run yet.'],
    ['placement-groups', 'No placement groups.'],
    ['metrics', 'You have not made any metrics.'],
  ];
  for (const [address, text] of said) {
    await page.goto(`${server.url}#/${address}`);
    await page.getByText(text).waitFor();
  }
  expect(problems).toEqual([]);
  await page.context().close();
  await server.stop();
});
