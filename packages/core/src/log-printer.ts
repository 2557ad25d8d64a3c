import { clearTimeout, setTimeout } from 'node:timers';
import type { LogContext } from './log-context.ts';
import { StructuredLines } from './structured-lines.ts';
import type { InitOptions } from './types.ts';

/** How long the same line from several workers is gathered into one. */
const FOLD_MS = 1_000;

/** Whose code printed. */
export interface PrintedBy {
  /** Of the task, or the class of the actor. */
  readonly name: string;
  /** The number of the worker on its node. */
  readonly worker: number;
  readonly ids: LogContext;
}

/**
 * Prints at the driver what workers print: for people with a prefix that says who, and repeated lines folded; for programs
 * as lines of JSON.
 */
export class LogPrinter {
  readonly #enabled: boolean;
  readonly #isStructured: boolean;
  #lines: StructuredLines | undefined;
  readonly #seen = new Map<string, { count: number; prefix: string; timer: NodeJS.Timeout; stream: 1 | 2 }>();
  /** By stream and who printed. */
  readonly #partial = new Map<string, { readonly rest: string; readonly by: PrintedBy }>();
  readonly #warned = new Set<string>();

  constructor({
    logToDriver = true,
    logFormat = formatOfEnvironment(),
  }: Pick<InitOptions, 'logToDriver' | 'logFormat'>) {
    this.#enabled = logToDriver;
    this.#isStructured = logFormat === 'json';
  }

  /** Any piece of text, lines or not. */
  print(by: PrintedBy, stream: 'stdout' | 'stderr', text: string): void {
    if (!this.#enabled) return;
    const prefix = `(${by.name} pid=${process.pid} worker=${by.worker}) `;
    if (this.#isStructured) {
      for (const line of this.#whole(`${stream} ${by.ids.workerId} ${by.ids.taskId ?? by.name}`, text, by)) {
        this.#structured.printed(stream, by.name, by.ids, line);
      }
      return;
    }
    const target = stream === 'stdout' ? 1 : 2;
    const key = `${target}${prefix}`;
    for (const line of this.#whole(key, text, by)) this.#line(target, prefix, by.name, line);
  }

  /** Something the user should know, once. */
  warn(text: string): void {
    if (this.#warned.has(text)) return;
    this.#warned.add(text);
    if (this.#isStructured) this.#structured.warn(text);
    else process.stderr.write(`aktis: ${text}\n`);
  }

  /** Prints what is still held back. */
  close(): void {
    for (const [key, { rest, by }] of this.#partial) {
      if (!this.#isStructured) write(key[0] === '1' ? 1 : 2, `${key.slice(1)}${rest}\n`);
      else this.#structured.printed(key.startsWith('stdout') ? 'stdout' : 'stderr', by.name, by.ids, rest);
    }
    this.#partial.clear();
    for (const [key, { timer }] of this.#seen) {
      clearTimeout(timer);
      this.#unfold(key);
    }
  }

  get #structured(): StructuredLines {
    this.#lines ??= new StructuredLines();
    return this.#lines;
  }

  /** The lines that are complete with this; the beginning of another is held back. */
  #whole(key: string, text: string, by: PrintedBy): string[] {
    const lines = ((this.#partial.get(key)?.rest ?? '') + text).split('\n');
    const rest = lines.pop() ?? '';
    if (rest === '') this.#partial.delete(key);
    else this.#partial.set(key, { rest, by });
    return lines;
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

function formatOfEnvironment(): 'text' | 'json' {
  return process.env.AKTIS_LOG_FORMAT === 'json' ? 'json' : 'text';
}
