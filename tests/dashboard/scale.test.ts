import type { Browser, Page } from 'playwright-core';
import { large, openBrowser, openPage, serve } from './browser.ts';
import type { MockServer } from './mock/mock-server.ts';

let browser: Browser;
let server: MockServer;
let page: Page;

/** Milliseconds. What a reader would call stuck; far from what it takes, because other programs may run, too. */
const LONGEST = 500;

beforeAll(async () => {
  server = await serve(large());
  browser = await openBrowser();
  ({ page } = await openPage(browser));
});
afterAll(async () => {
  await browser?.close();
  await server?.stop();
});

/** Scrolls a table from end to end, a part per frame; resolves to the longest task, and the most rows drawn at once. */
async function scrollThrough(frames: number): Promise<{ longest: number; rows: number }> {
  return await page.evaluate(async frames => {
    const table = document.querySelector('.table') as HTMLElement;
    let longest = 0;
    let rows = 0;
    const observer = new PerformanceObserver(list => {
      for (const { duration } of list.getEntries()) longest = Math.max(longest, duration);
    });
    observer.observe({ type: 'longtask' });
    const step = (table.scrollHeight - table.clientHeight) / frames;
    for (let frame = 0; frame <= frames; frame++) {
      table.scrollTop = frame * step;
      await new Promise(requestAnimationFrame);
      rows = Math.max(rows, table.querySelectorAll('.window .row').length);
    }
    await new Promise(resolve => setTimeout(resolve));
    observer.disconnect();
    return { longest, rows };
  }, frames);
}

test.each([
  ['tasks', '100,000 rows', '100001'],
  ['actors', '10,000 rows', '10001'],
])('%s scroll from end to end without a stop, and only rows in sight are drawn', async (name, total, lastRow) => {
  await page.goto(`${server.url}#/${name}`);
  await page.getByText(total).waitFor();
  await page.locator('.table .window .row a').first().waitFor();
  const { longest, rows } = await scrollThrough(60);
  expect(longest).toBeLessThan(LONGEST);
  expect(rows).toBeLessThan(80);
  // The end is there, loaded.
  await page.locator(`.table .row[aria-rowindex="${lastRow}"] a`).first().waitFor();
});

test('a table further down stands still, while its beginning follows', async () => {
  await page.goto(`${server.url}#/tasks`);
  await page.getByText('live', { exact: true }).last().waitFor();
  await page.locator('.table').evaluate(table => table.scrollTo(0, 30_000));
  await page.getByText(/press r for newer/).waitFor();
});

test('columns sort, the largest first, then the smallest', async () => {
  await page.goto(`${server.url}#/tasks`);
  await page.getByRole('button', { name: 'Duration' }).click();
  await page.waitForURL(/sort=-duration/);
  const header = page.getByRole('columnheader', { name: 'Duration' });
  expect(await header.getAttribute('aria-sort')).toBe('descending');
  await page.getByRole('button', { name: 'Duration' }).click();
  await page.waitForURL(/sort=duration/);
  expect(await header.getAttribute('aria-sort')).toBe('ascending');
});

test('the timeline of a hundred thousand tasks is zoomed without a stop', async () => {
  await page.goto(`${server.url}#/timeline`);
  const canvas = page.getByRole('application', { name: /Timeline/ });
  await canvas.waitFor();
  const longest = await canvas.evaluate(async element => {
    let longest = 0;
    const observer = new PerformanceObserver(list => {
      for (const { duration } of list.getEntries()) longest = Math.max(longest, duration);
    });
    observer.observe({ type: 'longtask' });
    for (let step = 0; step < 40; step++) {
      const key = step < 20 ? '+' : step < 30 ? 'ArrowRight' : '-';
      element.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true }));
      await new Promise(requestAnimationFrame);
    }
    observer.disconnect();
    return longest;
  });
  expect(longest).toBeLessThan(LONGEST);
});
