import { pathToFileURL } from 'node:url';
import { sourceAt } from './bundle-lines.ts';

/**
 * Code that applies decorators on behalf of a module: compilers' helpers, and `Reflect.decorate` that they call. A
 * bare `@remote` is called from there, not from the module.
 */
const decoratorHelpers =
  /[\\/]node_modules[\\/](?:tslib|reflect-metadata|core-js|@swc[\\/]helpers|@oxc-project[\\/]runtime|@oxc-node[\\/]core|@babel[\\/]runtime)[\\/]/;

/** The folder that holds this package and its sisters, in the repository as well as in `node_modules/@aktis`. */
const packages = new URL('../../../', import.meta.url).href;
const ownSource = /^(?:transport|core|actors|cluster|cli|aktis)\/(?:bundle|dist|src)\/(?!.*\.test\.[jt]s$)/;

/** `[eval]`, `[eval]-1`, `file:///folder/[eval1]`, `[stdin]`; `REPL1` and `evalmachine.<anonymous>` have no folder. */
const evaluated = /\[[\w ]+\](?:-\d+)?$/;

/** Deep enough for tslib's `__decorate` over `Reflect.decorate`, or a wrapper or two of our own. */
const depth = 8;

/**
 * The file URL of the module that called `above`, with its query if it has one; `undefined` in code that belongs to no
 * file, such as `node -e` and the REPL.
 *
 * Frames of Aktis itself are passed over; its own remote classes name their module instead. Costs about 4 µs. Only the file of a frame is right
 * under every loader, its line is not, which is why definitions are known by file and name.
 */
export function callerModule(above: (...args: never[]) => unknown): string | undefined {
  const { prepareStackTrace, stackTraceLimit } = Error;
  const holder: { stack?: unknown } = {};
  // Both belong to the whole thread: whatever a source map package installed must be back before anyone else looks.
  Error.stackTraceLimit = depth;
  Error.prepareStackTrace = (_error, frames) => frames;
  try {
    Error.captureStackTrace(holder, above);
    return moduleOf(holder.stack as NodeJS.CallSite[]);
  } finally {
    Error.prepareStackTrace = prepareStackTrace;
    Error.stackTraceLimit = stackTraceLimit;
  }
}

function moduleOf(frames: readonly NodeJS.CallSite[]): string | undefined {
  for (const frame of frames) {
    const script = frame.getFileName();
    const file = script && sourceAt(script, frame.getLineNumber() ?? 0);
    if (!file || file.startsWith('node:') || decoratorHelpers.test(file)) continue;
    // No file, and nothing below it is the definer.
    if (evaluated.test(file) || !/[\\/]/.test(file)) return undefined;
    const url = file.startsWith('file:') || /^[a-z][a-z0-9+.-]+:/i.test(file) ? file : urlOfPath(file);
    if (url.startsWith(packages) && ownSource.test(url.slice(packages.length))) continue;
    return url;
  }
  return undefined;
}

/** vitest and jest name modules by path, and vitest may append a query to it. */
function urlOfPath(file: string): string {
  const query = file.search(/\?[^/\\]*$/);
  return query < 0 ? pathToFileURL(file).href : pathToFileURL(file.slice(0, query)).href + file.slice(query);
}
