/**
 * What a worker thread may take over of the flags its process was started with. Node refuses to start a thread with V8
 * flags and with flags of the whole process, and which they are differs between versions: so what may stay is listed.
 */
const passable =
  /^(?:-r|--require|--import|-C|--conditions|--loader|--(?:no-)?enable-source-maps|--(?:no-)?warnings|--disable-warning|--(?:no-)?deprecation|--(?:no-)?(?:pending|throw)-deprecation|--(?:no-)?trace-(?:warnings|deprecation|uncaught|exit|tls)|--(?:no-)?preserve-symlinks|--(?:no-)?experimental-.+|--unhandled-rejections|--dns-result-order|--max-http-header-size|--(?:no-)?insecure-http-parser|--no-addons|--no-global-search-paths|--tls-(?:min|max)-v1\.\d)$/;

/** Of the process, for all that their name begins as those that may stay do. */
const processWide =
  /^--(?:no-)?experimental-(?:shadow-realm|default-type|test-.+|sea-config|policy|repl-await|report|wasm-.+|inspector-.+|network-inspection|strip-types|transform-types)$/;

/** Loads modules before the program's. */
const preload = /^(?:-r|--require|--import|--loader|--experimental-loader)$/;

/** Loaders of TypeScript: workers bring their own, which knows decorator metadata and costs less. */
const typescriptLoader =
  /(?:^|[\\/]node_modules[\\/])(?:tsx|ts-node|tsimp|sucrase|jiti|esbuild-register|@swc-node[\\/]register|@swc[\\/]register|@oxc-node[\\/]core|@esbuild-kit[\\/][\w-]+|@babel[\\/]register)(?:[\\/]|$)/;

const nativeTypeScript = /^--experimental-(?:strip|transform)-types$/;

export interface WorkerFlags {
  readonly flags: readonly string[];
  /** Whether one that was left out loads TypeScript. */
  readonly typescript: boolean;
}

/** The part of `execArgv` that worker threads are started with. */
export function workerFlags(execArgv: readonly string[]): WorkerFlags {
  const flags: string[] = [];
  let typescript = false;
  for (let at = 0; at < execArgv.length; ) {
    const flag = execArgv[at++] as string;
    const values: string[] = [];
    // What does not begin with a dash is the value of the flag before it.
    while (at < execArgv.length && !execArgv[at]?.startsWith('-')) values.push(execArgv[at++] as string);
    const equals = flag.indexOf('=');
    const name = (equals < 0 ? flag : flag.slice(0, equals)).replaceAll('_', '-');
    const value = equals < 0 ? values[0] : flag.slice(equals + 1);
    const loadsTypeScript = nativeTypeScript.test(name) || (preload.test(name) && typescriptLoader.test(value ?? ''));
    typescript ||= loadsTypeScript;
    if (!loadsTypeScript && passable.test(name) && !processWide.test(name)) flags.push(flag, ...values);
  }
  return { flags, typescript };
}

/** The same for the words of `NODE_OPTIONS`, where quotes may hold spaces. */
export function splitNodeOptions(text: string): string[] {
  const words = text.match(/(?:[^\s"]|"(?:\\.|[^"\\])*")+/g) ?? [];
  return words.map(word => word.replace(/"((?:\\.|[^"\\])*)"/g, (_, inner: string) => inner.replace(/\\(.)/g, '$1')));
}

/** Joins `words` as `NODE_OPTIONS` wants them. */
export function joinNodeOptions(words: readonly string[]): string {
  return words.map(word => (/[\s"\\]/.test(word) ? `"${word.replace(/["\\]/g, '\\$&')}"` : word)).join(' ');
}
