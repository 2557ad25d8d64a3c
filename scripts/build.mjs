// Builds all packages: declarations and modules, then what is published of them, and the dashboard's pages.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildPages } from './build-pages.mjs';
import { bundlePackages } from './bundle.mjs';

const root = fileURLToPath(new URL('../', import.meta.url));

// By its path: several packages bring a command named `tsc`, and which of them npm links is a matter of luck.
const compiler = join(root, 'node_modules/typescript/bin/tsc');

const { status } = spawnSync(process.execPath, [compiler, '-b', 'tsconfig.json', 'packages/dashboard/web'], {
  cwd: root,
  stdio: 'inherit',
});
if (status === 0) {
  await removeLeftovers();
  await Promise.all([bundlePackages(), buildPages()]);
} else {
  process.exitCode = 1;
}

/** The compiler leaves behind what it made of sources that are gone; it would be published, and searched for cycles. */
async function removeLeftovers() {
  for (const name of await readdir(join(root, 'packages'))) {
    const [dist, src] = ['dist', 'src'].map(part => join(root, 'packages', name, part));
    if (!existsSync(dist)) continue;
    for (const entry of await readdir(dist, { recursive: true })) {
      const module = /^(.*?)(?:\.d)?\.(?:js|ts)(?:\.map)?$/.exec(entry)?.[1];
      if (module !== undefined && !existsSync(join(src, `${module}.ts`))) await rm(join(dist, entry));
    }
  }
}
