// Removes what `npm run build` makes.
import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../', import.meta.url));
const packages = (await readdir(join(root, 'packages'))).map(name => join('packages', name));
for (const folder of [...packages, 'benchmarks']) {
  for (const part of ['bundle', 'dist', 'pages', 'tsconfig.tsbuildinfo', 'web/tsconfig.tsbuildinfo'])
    await rm(join(root, folder, part), { recursive: true, force: true });
}
