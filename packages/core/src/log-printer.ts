import { clearTimeout, setTimeout } from 'node:timers';

/** How long the same line from several workers is gathered into one. */
const FOLD_MS = 1_000;

/** Prints at the driver what workers print: with a prefix that says who, and repeated lines folded. */
export class LogPrinter {
  readonly #enabled: boolean;
  readonly #seen = new Map<string, { count: number; prefix: string; timer: NodeJS.Timeout; stream: 1 | 2 }>();
  readonly #partial = new Map<string, string>();
  readonly #warned = new Set<string>();

  constructor(enabled: boolean) {
    this.#enabled = enabled;
  }

  /** What `name` in worker `worker` wrote: any piece of text, lines or not. */
  print(name: string, worker: number, stream: 'stdout' | 'stderr', text: string): void {
    if (!this.#enabled) return;
    const prefix = `(${name} pid=${process.pid} worker=${worker}) `;
    const target = stream === 'stdout' ? 1 : 2;
    const key = `${target}${prefix}`;
    const lines = ((this.#partial.get(key) ?? '') + text).split('\n');
    const rest = lines.pop() ?? '';
    if (rest === '') this.#partial.delete(key);
    else this.#partial.set(key, rest);
    for (const line of lines) this.#line(target, prefix, name, line);
  }

  /** Something the user should know, once. */
  warn(text: string): void {
    if (this.#warned.has(text)) return;
    this.#warned.add(text);
    process.stderr.write(`aktis: ${text}\n`);
  }

  /** Prints what is still held back. */
  close(): void {
    for (const [key, rest] of this.#partial) write(key[0] === '1' ? 1 : 2, `${key.slice(1)}${rest}\n`);
    this.#partial.clear();
    for (const [key, { timer }] of this.#seen) {
      clearTimeout(timer);
      this.#unfold(key);
    }
  }

  /** The first of equal lines is printed at once; how many followed is said a moment later. */
  #line(stream: 1 | 2, prefix: string, name: string, line: string): void {
    const key = `${stream}${name}\0${line}`;
    const seen = this.#seen.get(key);
    if (seen !== undefined && line !== '') {
      seen.count++;
      seen.prefix = prefix;
      return;
    }
    write(stream, `${prefix}${line}\n`);
    if (line === '') return;
    const timer = setTimeout(() => this.#unfold(key), FOLD_MS).unref();
    this.#seen.set(key, { count: 0, prefix, timer, stream });
  }

  #unfold(key: string): void {
    const seen = this.#seen.get(key);
    this.#seen.delete(key);
    if (seen === undefined || seen.count === 0) return;
    const line = key.slice(key.indexOf('\0') + 1);
    const times = seen.count === 1 ? '' : ` [repeated ${seen.count}x]`;
    write(seen.stream, `${seen.prefix}${line}${times}\n`);
  }
}

function write(stream: 1 | 2, text: string): void {
  (stream === 1 ? process.stdout : process.stderr).write(text);
}
