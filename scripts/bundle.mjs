// Joins the modules of each library package into a few files: loading a hundred and sixty small ones takes longer than
// running them. `dist/` keeps what the compiler wrote, declarations and a JavaScript file per module; `bundle/` is what
// the packages' `exports` name. Rollup, because it leaves the names of classes and functions alone.
//
// A module that asks for `import.meta.url` gets the URL it would have if `bundle/` looked like `dist/`. So paths
// relative to it stay right, and modules that are known by their URL (plugins, our own remote classes) keep one each,
// though they share a file. Where that URL must exist because something is loaded from it, a file is put there: a
// bundle of its own for programs, a one-line import for everything else.
import { access, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { rollup } from 'rollup';

const root = fileURLToPath(new URL('../', import.meta.url));

/**
 * What is loaded by name or URL. `entries` of a package share their modules, so that each exists once per thread: in one
 * file lies what the first of them needs, in another what the second needs beyond that, and so on. `programs` run in a
 * process or a thread of their own, and share nothing.
 */
const packages = {
  transport: { entries: ['worker.js', 'index.js', 'conformance.js'] },
  core: {
    entries: ['loading/index.js', 'index.js', 'worker/boot.js'],
    programs: ['loading/compile-process.js', 'loading/module-hooks-thread.js'],
  },
  actors: { entries: ['index.js'] },
};

for (const [name, { entries, programs = [] }] of Object.entries(packages)) {
  const folder = join(root, 'packages', name);
  await rm(join(folder, 'bundle'), { recursive: true, force: true });
  const urls = await write(folder, entries);
  for (const program of programs) await write(folder, [program]);
  await openDoors(folder, urls);
}

/** Bundles these modules; returns where each module that asks for its URL went, and whether it is known by it. */
async function write(folder, entries) {
  const dist = join(folder, 'dist');
  const moduleOf = id => relative(dist, id).replaceAll('\\', '/');
  const located = new Map();
  const bundle = await rollup({
    input: Object.fromEntries(entries.map(entry => [entry.slice(0, -'.js'.length), join(dist, entry)])),
    external: id => !/^[./]/.test(id),
    // Every module was written to be there.
    treeshake: false,
    plugins: [compiled(), { name: 'urls', resolveImportMeta: urlOf }],
    onLog(level, log, write) {
      // From the compiler's helper for import().
      if (log.code === 'THIS_IS_UNDEFINED') return;
      if (level === 'warn') throw new Error(`${log.code}: ${log.message}`);
      write(level, log);
    },
  });
  function urlOf(property, { moduleId, chunkId }) {
    if (property !== 'url') return null;
    const module = moduleOf(moduleId);
    located.set(module, chunkId);
    const path = relative(dirname(chunkId), module).replaceAll('\\', '/');
    return `new URL('${path.startsWith('.') ? path : `./${path}`}', import.meta.url).href`;
  }
  let needs;
  function chunkOf(id, { getModuleInfo }) {
    needs ??= entries.map(entry => reachable(join(dist, entry), getModuleInfo));
    const first = needs.findIndex(modules => modules.has(id));
    const name = entries[first]?.split('/')[0].replace('.js', '');
    return entries.includes(moduleOf(id)) ? undefined : `${name}-modules`;
  }
  await bundle.write({
    dir: join(folder, 'bundle'),
    format: 'es',
    entryFileNames: '[name].js',
    chunkFileNames: '[name].js',
    hoistTransitiveImports: false,
    minifyInternalExports: false,
    sourcemap: true,
    manualChunks: entries.length === 1 ? undefined : chunkOf,
  });
  await bundle.close();
  return located;
}

function reachable(entry, getModuleInfo) {
  const found = new Set([entry]);
  for (const id of found) for (const next of getModuleInfo(id).importedIds) if (/^[/.]/.test(next)) found.add(next);
  return found;
}

/** Reads what the compiler wrote, with its source map, and the sources into the map: they are not published. */
function compiled() {
  return {
    name: 'compiled',
    async load(id) {
      const [code, text] = await Promise.all([readFile(id, 'utf8'), readFile(`${id}.map`, 'utf8')]);
      const map = JSON.parse(text);
      map.sourcesContent = await Promise.all(map.sources.map(source => readFile(join(dirname(id), source), 'utf8')));
      return { code, map };
    },
  };
}

/** See the head of this file: puts a file at each URL that something is loaded from. */
async function openDoors(folder, located) {
  const there = file => access(file).then(() => true, () => false);
  for (const [module, file] of located) {
    const source = await readFile(join(folder, 'dist', module), 'utf8');
    for (const [, path] of source.matchAll(/new URL\('(\.[^']*\.js)', import\.meta\.url\)/g)) {
      const target = join(folder, 'bundle', dirname(module), path);
      if (!(await there(target))) throw new Error(`${module} loads ${path}: list it in scripts/bundle.mjs`);
    }
    const door = join(folder, 'bundle', module);
    // Known by its URL: neither resolved against it nor required from it.
    if (!/(?<!new URL\([^()]*|createRequire\()\bimport\.meta\.url/.test(source) || (await there(door))) continue;
    await mkdir(dirname(door), { recursive: true });
    const path = relative(dirname(module), file).replaceAll('\\', '/');
    await writeFile(door, `import '${path.startsWith('.') ? path : `./${path}`}';\n`);
  }
}
