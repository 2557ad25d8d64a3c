// Takes the pictures of the dashboard in docs/images/, of the workload that the browser tests make up. Before they are
// committed, `pngquant --ext .png --force docs/images/*.png` makes them a third of the size.
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'esbuild';

const root = fileURLToPath(new URL('../', import.meta.url));
const images = join(root, 'docs/images');

const { openBrowser, serve, large } = await load('tests/dashboard/browser.ts');
const server = await serve(large());
const browser = await openBrowser();
await mkdir(images, { recursive: true });

const { tasks, jobs, workers, nodes } = server.workload;
const failed = tasks.findLast(({ error }) => error?.stack !== undefined);
await take('overview', 'light', '');
await take('overview-dark', 'dark', '');
await take('tasks', 'light', 'tasks?state=FAILED&sort=-endedAt');
await take('task', 'dark', `tasks/${failed.taskId}`);
await take('job', 'light', `jobs/${jobs[0].jobId}`, async page => {
  await page.getByRole('button', { name: 'Open trainEpoch' }).click();
  await page
    .getByRole('button', { name: /^Open [0-9a-f]{24}$/ })
    .first()
    .click();
});
await take('timeline', 'dark', 'timeline', async page => {
  const canvas = page.getByRole('application', { name: /Timeline/ });
  for (let step = 0; step < 6; step++) await canvas.press('+');
  await page.mouse.move(0, 0);
  await canvas.blur();
});
await take('worker', 'light', `workers/${workers[3].workerId}`, async page => {
  await page.getByRole('button', { name: 'CPU flame graph' }).click();
  await page.getByRole('application', { name: /Flame graph/ }).waitFor();
});
await take('node', 'dark', `nodes/${nodes[1].nodeId}`);

await browser.close();
await server.stop();

async function take(name, colorScheme, address, prepare = async () => {}) {
  const page = await browser.newPage({ colorScheme, viewport: { width: 1280, height: 800 }, reducedMotion: 'reduce' });
  await page.goto(`${server.url}#/${address}`);
  await page.getByRole('heading', { level: 1 }).waitFor();
  await prepare(page);
  await page.waitForLoadState('load');
  // Answers are drawn in the frame after they came.
  await page.waitForTimeout(1500);
  await page.screenshot({ path: join(images, `dashboard-${name}.png`) });
  await page.close();
}

/** A module of the tests, compiled. */
async function load(path) {
  const folder = await mkdtemp(join(tmpdir(), 'aktis-screenshots-'));
  const outfile = join(folder, 'module.mjs');
  const define = { 'import.meta.url': JSON.stringify(pathToFileURL(join(root, path)).href) };
  await build({
    entryPoints: [join(root, path)],
    outfile,
    define,
    bundle: true,
    platform: 'node',
    format: 'esm',
    // Found from here, not from a temporary folder.
    alias: { 'playwright-core': join(root, 'node_modules/playwright-core/index.mjs') },
    external: [join(root, 'node_modules/*')],
  });
  const module = await import(pathToFileURL(outfile).href);
  await rm(folder, { recursive: true });
  return module;
}
