import { createRequire } from 'node:module';
import type { Logger, LoggerOptions } from 'pino';
import type { LogContext } from './log-context.ts';

type Pino = (options: LoggerOptions, destination: { write(text: string): void }) => Logger;

/**
 * Lines of JSON by pino, for programs that read logs. pino is loaded with the first of these; most sessions print for
 * people.
 */
export class StructuredLines {
  readonly #loggers: Readonly<Record<'stdout' | 'stderr', Logger>>;

  constructor() {
    const pino = createRequire(import.meta.url)('pino') as Pino;
    // Without pid and host: what was printed in another process, perhaps on another machine, says so by its node.
    const loggerOf = (stream: 'stdout' | 'stderr') =>
      pino({ base: null }, { write: text => void process[stream].write(text) });
    this.#loggers = { stdout: loggerOf('stdout'), stderr: loggerOf('stderr') };
  }

  /** What user code printed. What is a line of JSON already keeps what it says, and gets the ids it lacks. */
  printed(stream: 'stdout' | 'stderr', name: string, ids: LogContext, text: string): void {
    const line = objectIn(text);
    if (line !== undefined) process[stream].write(`${JSON.stringify({ ...ids, ...line })}\n`);
    else if (stream === 'stdout') this.#loggers.stdout.info({ ...ids, name }, text);
    else this.#loggers.stderr.error({ ...ids, name }, text);
  }

  warn(text: string): void {
    this.#loggers.stderr.warn({ name: 'aktis' }, text);
  }
}

function objectIn(text: string): object | undefined {
  if (!text.startsWith('{') || !text.endsWith('}')) return undefined;
  try {
    return JSON.parse(text) as object;
  } catch {
    return undefined;
  }
}
