import { readFileSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { availableParallelism, cpus, freemem, tmpdir, totalmem } from 'node:os';
import { join } from 'node:path';
import { bytes, type Check } from './check.ts';

const oldestNode = [20, 11] as const;
const littleMemory = 512 * 1024 ** 2;
const littleSpace = 1024 ** 3;

export function machineChecks(): Check[] {
  return [node(process.versions.node), cores(), memory(), spillSpace(tmpdir())];
}

/** The checks take what they judge as a parameter where a test wants another machine. */
export function node(version: string): Check {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const ok = major > oldestNode[0] || (major === oldestNode[0] && minor >= oldestNode[1]);
  return {
    name: 'Node.js',
    status: ok ? 'ok' : 'missing',
    required: true,
    detail: version,
    ...(!ok && { fix: `install Node.js ${oldestNode.join('.')} or newer: https://nodejs.org` }),
  };
}

function cores(): Check {
  const usable = availableParallelism();
  const limit = cgroupCpus();
  const limited = limit !== undefined && limit < usable;
  return {
    name: 'CPUs',
    status: limited ? 'warning' : 'ok',
    required: false,
    detail: `${usable} usable of ${cpus().length}${limited ? `, but the container's limit is ${limit}` : ''}`,
    ...(limited && { fix: `start with init({ numCpus: ${Math.max(1, Math.floor(limit))} })` }),
  };
}

function memory(): Check {
  const constrained = process.constrainedMemory?.() ?? 0;
  const limit = constrained > 0 && constrained < totalmem() ? constrained : undefined;
  const low = (limit ?? totalmem()) < littleMemory;
  return {
    name: 'Memory',
    status: low ? 'warning' : 'ok',
    required: false,
    detail: `${bytes(freemem())} free of ${bytes(totalmem())}${limit === undefined ? '' : `, limited to ${bytes(limit)}`}`,
    ...(low && { fix: 'give few actors threads of their own: init({ maxActorThreads })' }),
  };
}

/** Where objects go that do not fit in memory. */
export function spillSpace(folder: string): Check {
  const check = { name: 'Disk for spilling', required: true };
  try {
    const probe = join(folder, `aktis-doctor-${process.pid}`);
    writeFileSync(probe, '');
    rmSync(probe);
    const { bavail, bsize } = statfsSync(folder);
    const space = bavail * bsize;
    const low = space < littleSpace;
    return {
      ...check,
      status: low ? 'warning' : 'ok',
      detail: `${bytes(space)} free in ${folder}`,
      ...(low && { fix: 'free some, or set TMPDIR to a larger disk' }),
    };
  } catch (error) {
    return {
      ...check,
      status: 'missing',
      detail: `${folder} cannot be written to: ${(error as Error).message}`,
      fix: 'set TMPDIR to a folder that can be',
    };
  }
}

/** `quota period` of control group version 2, if there is a limit. */
function cgroupCpus(): number | undefined {
  try {
    const [quota = 'max', period = '100000'] = readFileSync('/sys/fs/cgroup/cpu.max', 'utf8').trim().split(' ');
    return quota === 'max' ? undefined : Number(quota) / Number(period);
  } catch {
    return undefined;
  }
}
