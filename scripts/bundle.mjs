// Joins the modules of each library package into a few files: loading a hundred and sixty small ones takes longer than
// running them. `dist/` keeps what the compiler wrote, declarations and a JavaScript file per module; `bundle/` is what
// the packages' `exports` name. Rollup, because it leaves the names of classes and functions alone.
//
// A module that asks for `import.meta.url` gets the URL it would have if `bundle/` looked like `dist/`. So paths
// relative to it stay right, and modules that are known by their URL (plugins, our own remote classes) keep one each,
// though they share a file. Where something is loaded from such a URL, a file is put there: a bundle of its own for
// programs, a one-line import for everything else.
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, transform } from 'esbuild';
import { rollup } from 'rollup';

const root = fileURLToPath(new URL('../', import.meta.url));

/**
 * What is loaded by name or URL. The entries of a package share their modules, so that each exists once per thread: in one
 * file lies what the first of `groups` needs, in another what the second needs beyond that, and so on. The first of a
 * group has nothing but exports, and lies there as well. `programs` run in a process or a thread of their own, and share
 * nothing.
 */
const packages = {
  transport: { groups: [['worker.js'], ['index.js'], ['tcp.js'], ['conformance.js']] },
  core: {
    groups: [['loading/index.js'], ['index.js', 'worker/boot.js'], ['hub.js']],
    programs: ['loading/compile-process.js', 'loading/module-hooks-thread.js'],
  },
  actors: { groups: [['index.js'], ['hub.js']] },
};

/** Writes the bundles of all packages whose modules have changed since the last time. */
export async function bundlePackages() {
  for (const [name, parts] of Object.entries(packages)) {
    const folder = join(root, 'packages', name);
    if (!(await isFresh(folder))) await bundlePackage(folder, parts);
  }
}

async function isFresh(folder) {
  const written = await changedAt(join(folder, 'bundle'));
  const [newest, rules] = [await changedAt(join(folder, 'dist')), await stat(fileURLToPath(import.meta.url))];
  return written.length > 0 && Math.min(...written) > Math.max(...newest, rules.mtimeMs);
}

/** When each of a folder's JavaScript files was written. */
async function changedAt(folder) {
  const files = await listFiles(folder);
  return Promise.all(
    files.filter(file => file.endsWith('.js')).map(async file => (await stat(join(folder, file))).mtimeMs),
  );
}

/** Paths with slashes, relative to the folder; none if it is not there. */
async function listFiles(folder) {
  if (!existsSync(folder)) return [];
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter(entry => entry.isFile())
    .map(entry => slashes(relative(folder, join(pathOf(entry), entry.name))));
}

const pathOf = entry => entry.parentPath ?? entry.path;
const slashes = path => path.replaceAll('\\', '/');

async function bundlePackage(folder, { groups, programs = [] }) {
  const { written, located } = await write(folder, groups);
  for (const program of programs) written.push(...(await write(folder, [[program]])).written);
  written.push(...(await openDoors(folder, located, written)));
  // Programs that run meanwhile find all they need at any time: files are overwritten, and leftovers removed at the end.
  const now = await listFiles(join(folder, 'bundle'));
  for (const file of now) if (!written.includes(file)) await rm(join(folder, 'bundle', file));
}

/** Bundles these modules. `located`: in which file each module lies that asks for its URL. */
async function write(folder, groups) {
  const entries = groups.flat();
  const dist = join(folder, 'dist');
  const moduleOf = id => slashes(relative(dist, id));
  const located = new Map();
  let needs;
  const bundle = await rollup({
    input: Object.fromEntries(entries.map(entry => [entry.slice(0, -'.js'.length), join(dist, entry)])),
    external: id => !isOurs(id) && !isInlined(id),
    // Every module was written to be there.
    treeshake: false,
    plugins: [
      inline(),
      compiled(),
      { name: 'urls', resolveImportMeta: urlOf },
      printed({ minifyWhitespace: true }),
      printed({}),
    ],
    onLog(level, log, write) {
      // From the compiler's helper for import().
      if (log.code === 'THIS_IS_UNDEFINED') return;
      if (level === 'warn') throw new Error(`${log.code}: ${log.message}`);
      write(level, log);
    },
  });
  const { output } = await bundle.write({
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
  return { written: output.map(file => file.fileName), located };

  function urlOf(property, { moduleId, chunkId }) {
    if (property !== 'url') return null;
    const module = moduleOf(moduleId);
    located.set(module, chunkId);
    return `new URL('${specifier(chunkId, module)}', import.meta.url).href`;
  }

  function chunkOf(id, { getModuleInfo }) {
    const module = moduleOf(id);
    needs ??= groups.map(group => new Set(group.flatMap(entry => [...reachable(join(dist, entry), getModuleInfo)])));
    const [first] = groups[needs.findIndex(modules => modules.has(id))];
    if (entries.includes(module) && module !== first) return undefined;
    return `${first.split('/')[0].replace('.js', '')}-modules`;
  }
}

/** Packages of others that every worker loads, and that come in many small files: they become part of ours. */
const inlined = ['superjson'];
const isInlined = id => inlined.includes(id);

/** Esbuild joins their files, so that Rollup need not know where packages lie. */
function inline() {
  return {
    name: 'inline',
    resolveId: id => (isInlined(id) ? id : null),
    async load(id) {
      if (!isInlined(id)) return null;
      const joined = await build({
        entryPoints: [id],
        absWorkingDir: root,
        bundle: true,
        format: 'esm',
        platform: 'node',
        write: false,
      });
      return joined.outputFiles[0].text;
    },
  };
}

/**
 * Each thread keeps the text of what it has loaded, at two bytes for a character if a single one needs that. So comments go,
 * which only printing without spaces does for all of them; a second time for lines that can be read.
 */
function printed(options) {
  return {
    name: 'printed',
    renderChunk: code => transform(code, { ...options, sourcemap: true, charset: 'ascii', target: 'esnext' }),
  };
}

const isOurs = id => id.startsWith('.') || id.startsWith(root);

/** What a module and its imports need, without what they may import later. */
function reachable(entry, getModuleInfo) {
  const found = new Set([entry]);
  for (const id of found)
    for (const next of getModuleInfo(id).importedIds) if (isOurs(next) || isInlined(next)) found.add(next);
  return found;
}

/** How one file imports another; both relative to one folder. */
function specifier(from, to) {
  const path = slashes(relative(dirname(from), to));
  return path.startsWith('.') ? path : `./${path}`;
}

/** Reads what the compiler wrote, with its source map, and into that the sources: they are not published. */
function compiled() {
  return {
    name: 'compiled',
    async load(id) {
      if (isInlined(id)) return null;
      const [code, text] = await Promise.all([readFile(id, 'utf8'), readFile(`${id}.map`, 'utf8')]);
      const map = JSON.parse(text);
      map.sourcesContent = await Promise.all(map.sources.map(source => readFile(join(dirname(id), source), 'utf8')));
      return { code, map };
    },
  };
}

/** Puts a file at each URL that a module is known by, and makes sure of those that modules load something from. */
async function openDoors(folder, located, written) {
  const doors = [];
  for (const [module, file] of located) {
    const code = await readFile(join(folder, 'dist', module), 'utf8');
    for (const [, path] of code.matchAll(/new URL\('(\.[^']*\.js)', import\.meta\.url\)/g)) {
      const target = slashes(join(dirname(module), path));
      if (!written.includes(target)) throw new Error(`${module} loads ${target}: list it in scripts/bundle.mjs`);
    }
    const isKnownByUrl = /(?<!new URL\([^()]*|createRequire\()\bimport\.meta\.url/.test(code);
    if (!isKnownByUrl || written.includes(module)) continue;
    const door = join(folder, 'bundle', module);
    await mkdir(dirname(door), { recursive: true });
    await writeFile(door, `import '${specifier(module, file)}';\n`);
    doors.push(module);
  }
  return doors;
}
