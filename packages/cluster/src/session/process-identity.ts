import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** A process, told apart from a later one that got the same pid. */
export interface ProcessIdentity {
  readonly pid: number;
  /** When it began, in whatever form the system tells it; empty where it does not. */
  readonly startTime: string;
}

let own: ProcessIdentity | undefined;

export function thisProcess(): ProcessIdentity {
  own ??= { pid: process.pid, startTime: startTimeOf(process.pid) ?? '' };
  return own;
}

/** Whether that very process still runs. */
export function isRunning({ pid, startTime }: ProcessIdentity): boolean {
  if (!Number.isSafeInteger(pid) || pid <= 0 || !exists(pid) || isDefunct(pid)) return false;
  const now = startTimeOf(pid);
  return now === undefined || startTime === '' || now === startTime;
}

/** Undefined when there is no such process, or the system does not tell. */
export function startTimeOf(pid: number): string | undefined {
  if (process.platform === 'linux') {
    try {
      return statOf(pid)[19];
    } catch {
      return undefined;
    }
  }
  if (process.platform === 'win32') return undefined;
  const { status, stdout } = spawnSync('ps', ['-o', 'lstart=', '-p', String(pid)], { encoding: 'utf8' });
  return status === 0 && stdout.trim() !== '' ? stdout.trim() : undefined;
}

/** It has ended, and only its parent has not asked how. */
function isDefunct(pid: number): boolean {
  if (process.platform !== 'linux') return false;
  try {
    return statOf(pid)[0] === 'Z';
  } catch {
    return false;
  }
}

/** What Linux tells of a process, from its state on, which is the third of all fields. */
function statOf(pid: number): string[] {
  const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
  // The name, in parentheses, may contain anything.
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ');
}

function exists(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
