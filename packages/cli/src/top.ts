import { setTimeout } from 'node:timers/promises';
import { type Command, InvalidArgumentError } from 'commander';
import type { Session } from './session/session.ts';
import { addSessionOptions, type SessionChoice, withSession } from './session/session-option.ts';

/** Comes as a key where keys come one by one. */
const CTRL_C = '\u0003';
/** Where there is no screen. */
const PAGE = { columns: 200, rows: 44 };

export function configure(command: Command): void {
  addSessionOptions(command)
    .description(
      'Shows how busy the nodes are, where tasks are, the busiest workers and the longest mailboxes, again and again; q ends it.',
    )
    .option('--once', 'print once, without taking the screen; so it is when stdout is no terminal')
    .option('--interval <seconds>', 'between two looks', seconds, 1)
    .addHelpText('after', '\nExamples:\n  $ aktis top\n  $ aktis top --interval 5\n  $ aktis top --once | head -20')
    .action(top);
}

function seconds(text: string): number {
  const value = Number(text);
  if (value >= 0.1 && value <= 3_600) return value;
  throw new InvalidArgumentError('It must be a number of seconds, at least 0.1 and at most 3600.');
}

async function top({ once, interval, ...choice }: SessionChoice & { once?: boolean; interval: number }): Promise<void> {
  if (once || !process.stdout.isTTY) return withSession(choice, printOnce);
  await withSession(choice, session => watch(session, interval));
  // Nobody waits for a session that has not answered yet.
  process.exit();
}

async function printOnce(session: Session): Promise<void> {
  console.log(await screen(session, PAGE));
}

async function screen(session: Session, { columns, rows }: typeof PAGE): Promise<string> {
  const [{ readFrame }, { frameText, rowsPerTable }] = await Promise.all([
    import('./top/frame.ts'),
    import('./top/frame-text.ts'),
  ]);
  const most = rowsPerTable(rows);
  return frameText(await readFrame(session, most), columns, most);
}

async function watch(session: Session, interval: number): Promise<void> {
  const { stdout } = process;
  // Some terminals do not know how large they are.
  stdout.columns ||= 80;
  stdout.rows ||= 24;
  const { default: show } = await import('log-update');
  const { signal, stopListening } = untilQuit();
  const quit = new Promise<undefined>(resolve => signal.addEventListener('abort', () => resolve(undefined)));
  try {
    while (!signal.aborted) {
      const text = await Promise.race([screen(session, stdout), quit]);
      if (text !== undefined) show(text);
      await setTimeout(interval * 1_000, undefined, { signal }).catch(() => {});
    }
  } finally {
    show.done();
    stopListening();
  }
}

/** Aborts at `q`, Ctrl-C and signals. */
function untilQuit(): { signal: AbortSignal; stopListening: () => void } {
  const quit = new AbortController();
  const { stdin } = process;
  const onKey = (keys: Buffer) => {
    if (['q', 'Q', CTRL_C].some(key => keys.includes(key))) quit.abort();
  };
  const onSignal = () => quit.abort();
  process.once('SIGINT', onSignal).once('SIGTERM', onSignal);
  if (stdin.isTTY) stdin.setRawMode(true).on('data', onKey).resume();
  return {
    signal: quit.signal,
    stopListening() {
      process.off('SIGINT', onSignal).off('SIGTERM', onSignal);
      if (stdin.isTTY) stdin.setRawMode(false).off('data', onKey).pause();
    },
  };
}
