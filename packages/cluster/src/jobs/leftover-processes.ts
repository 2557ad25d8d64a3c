import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { readPrivateFile, writePrivateFile } from '../private-files.ts';
import { isRunning, type ProcessIdentity, startTimeOf } from '../session/process-identity.ts';

const ENDING = '.process';
const GRACE_MS = 5_000;
const LOOK_MS = 50;

/** Which processes the commands of this head are, on the disk: a head that comes back after it was killed ends what still runs. */
export class LeftoverProcesses {
  readonly #directory: string;

  constructor(directory: string) {
    this.#directory = directory;
  }

  add(jobId: string, pid: number): void {
    writePrivateFile(this.#file(jobId), JSON.stringify({ pid, startTime: startTimeOf(pid) ?? '' }));
  }

  delete(jobId: string): void {
    rmSync(this.#file(jobId), { force: true });
  }

  /** Ends the process groups that an earlier head left, after five seconds by force. Resolves with the jobs whose commands ran. */
  async end(): Promise<Set<string>> {
    const jobs = readdirSync(this.#directory)
      .filter(name => name.endsWith(ENDING))
      .map(name => name.slice(0, -ENDING.length));
    const ran = await Promise.all(jobs.map(async jobId => ((await this.#end(jobId)) ? [jobId] : [])));
    return new Set(ran.flat());
  }

  async #end(jobId: string): Promise<boolean> {
    const text = readPrivateFile(this.#file(jobId));
    const left = text === undefined ? undefined : (JSON.parse(text) as ProcessIdentity);
    const ran = left !== undefined && isRunning(left);
    if (ran) await endGroup(left);
    this.delete(jobId);
    return ran;
  }

  #file(jobId: string): string {
    return join(this.#directory, `${jobId}${ENDING}`);
  }
}

async function endGroup(leader: ProcessIdentity): Promise<void> {
  signalGroup(leader.pid, 'SIGTERM');
  await over(leader);
  // Also what the leader has left behind: the group keeps its number as long as there is one of it.
  signalGroup(leader.pid, 'SIGKILL');
  await over(leader);
}

async function over(leader: ProcessIdentity): Promise<void> {
  const limit = performance.now() + GRACE_MS;
  while (isRunning(leader) && performance.now() < limit) await setTimeout(LOOK_MS);
}

function signalGroup(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-pid, signal);
  } catch {
    // All have ended.
  }
}
