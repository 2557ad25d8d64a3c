// The dashboard's pages: `packages/dashboard/web/`, built by Vite into `packages/dashboard/pages/`.
import { existsSync } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const dashboard = fileURLToPath(new URL('../packages/dashboard/', import.meta.url));
const web = join(dashboard, 'web');
const built = join(dashboard, 'pages/index.html');

/** Builds the pages unless they are newer than everything they are made of. */
export async function buildPages() {
  if (await isFresh()) return;
  const { build } = await import('vite');
  await build({ configFile: join(web, 'vite.config.ts'), logLevel: 'warn' });
}

async function isFresh() {
  if (!existsSync(built)) return false;
  const { mtimeMs } = await stat(built);
  const sources = (await readdir(web, { recursive: true })).filter(name => !name.endsWith('.tsbuildinfo'));
  const files = [fileURLToPath(import.meta.url), ...sources.map(name => join(web, name))];
  return (await Promise.all(files.map(file => stat(file)))).every(source => source.mtimeMs < mtimeMs);
}
