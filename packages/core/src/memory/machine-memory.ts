import { readFileSync } from 'node:fs';
import { freemem, totalmem } from 'node:os';

/** How much memory there is for the processes of this machine, or of its container, and how much of it is taken. */
export interface MachineMemory {
  readonly usedBytes: number;
  readonly limitBytes: number;
}

/** The files of the container's group, of both versions of cgroups. What was only cached counts as free. */
const GROUPS = [
  { limit: 'memory.max', used: 'memory.current', cached: 'inactive_file', directory: '/sys/fs/cgroup' },
  {
    limit: 'memory.limit_in_bytes',
    used: 'memory.usage_in_bytes',
    cached: 'total_inactive_file',
    directory: '/sys/fs/cgroup/memory',
  },
] as const;

type Group = (typeof GROUPS)[number];

/** Reads it, in some 50 µs. Only Linux tells what is really free: undefined elsewhere. */
export function machineMemory(): MachineMemory | undefined {
  if (process.platform !== 'linux') return undefined;
  const limitBytes = totalmem();
  const machine = { usedBytes: limitBytes - freemem(), limitBytes };
  group ??= GROUPS.find(candidate => limitOf(candidate) < limitBytes) ?? null;
  return group === null ? machine : memoryOf(group);
}

/** The one with a limit below the machine's; null: none has. */
let group: Group | null | undefined;

function memoryOf(found: Group): MachineMemory {
  const cached = new RegExp(`^${found.cached} (\\d+)$`, 'm').exec(read(found, 'memory.stat'))?.[1];
  return { usedBytes: Number(read(found, found.used)) - Number(cached ?? 0), limitBytes: limitOf(found) };
}

/** Infinite: there is no such group, or it has no limit. */
function limitOf(candidate: Group): number {
  return Number.parseInt(read(candidate, candidate.limit), 10) || Number.POSITIVE_INFINITY;
}

function read({ directory }: Group, file: string): string {
  try {
    return readFileSync(`${directory}/${file}`, 'utf8');
  } catch {
    return '';
  }
}
