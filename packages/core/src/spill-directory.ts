import { mkdirSync, readdirSync, readFileSync, readlinkSync, rmSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

const NAME = /^aktis-(\d+)-[0-9a-f]{8}$/;
const OWNER = 'owner';

/** Where a node of this process would spill to. */
export function spillDirectory(nodeId: string): string {
  return join(tmpdir(), `aktis-${process.pid}-${nodeId.slice(0, 8)}`);
}

/** Makes it, and before that removes those of processes that were killed: they could fill the disk. */
export function makeSpillDirectory(directory: string): void {
  removeLeftovers(dirname(directory));
  mkdirSync(directory, { mode: 0o700 });
  try {
    writeFileSync(join(directory, OWNER), pidSpace(), { mode: 0o600 });
  } catch (error) {
    // The disk is full; there may be room the next time.
    rmSync(directory, { recursive: true, force: true });
    throw error;
  }
}

function removeLeftovers(folder: string): void {
  for (const name of readdirSync(folder)) {
    const [, pid] = NAME.exec(name) ?? [];
    if (pid === undefined || isAlive(Number(pid))) continue;
    try {
      // Containers may share the folder, each with processes of its own.
      if (readFileSync(join(folder, name, OWNER), 'utf8') !== pidSpace()) continue;
      rmSync(join(folder, name), { recursive: true, force: true });
    } catch {
      // It is another user's, or being removed.
    }
  }
}

/** Where a pid means the same process. */
function pidSpace(): string {
  try {
    return `${hostname()} ${readlinkSync('/proc/self/ns/pid')}`;
  } catch {
    return hostname();
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ESRCH';
  }
}
