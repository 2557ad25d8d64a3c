import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';

/** How long a program that is busy may take to make a link. */
const LONGEST_ANSWER_MS = 10_000;

/** A dashboard that runs on this machine, as `aktis dashboard` finds it. */
export interface DashboardEntry {
  readonly url: string;
  readonly token: string;
  readonly pid: number;
  /** ISO 8601. */
  readonly startedAt: string;
}

/** Only its user can read what is in it: whoever may, may look inside of the sessions anyway. */
const folder = () => join(process.env.AKTIS_HOME || join(homedir(), '.aktis'), 'dashboards');

/** The dashboards of this user's programs on this machine, newest first. */
export async function listDashboards(): Promise<DashboardEntry[]> {
  const files = await readdir(folder()).catch(() => []);
  const entries: DashboardEntry[] = [];
  for (const file of files.filter(name => name.endsWith('.json'))) {
    const path = join(folder(), file);
    try {
      const entry = JSON.parse(await readFile(path, 'utf8')) as DashboardEntry;
      if (isAlive(entry.pid)) entries.push(entry);
      else await rm(path, { force: true });
    } catch {
      // It ended a moment ago, or is being written.
    }
  }
  return entries.sort((a, b) => b.startedAt.localeCompare(a.startedAt));
}

/** Tells other programs of this user; resolves to what takes it back. Without a home directory nobody is told. */
export async function announceDashboard(sessionId: string, entry: DashboardEntry): Promise<() => Promise<void>> {
  const path = join(folder(), `${entry.pid}-${sessionId.slice(0, 12)}.json`);
  try {
    await mkdir(folder(), { recursive: true, mode: 0o700 });
    await writeFile(path, JSON.stringify(entry), { mode: 0o600 });
  } catch {
    return async () => {};
  }
  return () => rm(path, { force: true }).catch(() => {});
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/**
 * A link that lets one browser in, once, within five minutes.
 *
 * @throws Error when the dashboard does not answer
 */
export async function signInLink({ url, token }: DashboardEntry): Promise<string> {
  const answer = await fetch(`${url}/api/session/link`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}` },
    signal: AbortSignal.timeout(LONGEST_ANSWER_MS),
  });
  if (!answer.ok) throw new Error(`The dashboard at ${url} answers ${answer.status} ${answer.statusText}`);
  return ((await answer.json()) as { url: string }).url;
}
