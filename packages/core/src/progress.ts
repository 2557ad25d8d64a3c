/** How often a line is printed where there is no terminal. */
const LINE_MS = 5_000;

/** Shows how far long work is. */
export interface Progress {
  advance(): void;
  end(): void;
}

/** A bar on a terminal, a plain line now and then elsewhere (logs, CI). Written to stderr, so that output stays clean. */
export async function showProgress(label: string, total: number): Promise<Progress> {
  return process.stderr.isTTY ? await bar(label, total) : lines(label, total);
}

async function bar(label: string, total: number): Promise<Progress> {
  const { default: cliProgress } = await import('cli-progress');
  const shown = new cliProgress.SingleBar({
    format: `${label} [{bar}] {value}/{total} {percentage}% | {duration_formatted} | ETA {eta_formatted}`,
    hideCursor: true,
    stream: process.stderr,
  });
  shown.start(total, 0);
  return { advance: () => shown.increment(), end: () => shown.stop() };
}

function lines(label: string, total: number): Progress {
  let done = 0;
  let printed = Date.now();
  const print = () => process.stderr.write(`${label}: ${done}/${total} (${Math.floor((100 * done) / total)} %)\n`);
  return {
    advance() {
      done++;
      if (Date.now() - printed < LINE_MS) return;
      printed = Date.now();
      print();
    },
    end: print,
  };
}
