import type { Command } from 'commander';
import { addClusterOptions, type ClusterChoice, withCluster } from '../cluster/cluster-option.ts';
import { limited, limitOf } from './ask-limit.ts';
import { type RunningProgram, type RunningSession, runningSessions, titleOf } from './running-sessions.ts';
import type { Session } from './session.ts';

export type SessionChoice = ClusterChoice;

/** So many of the sessions that are not meant are named. */
const MENTIONED = 3;

/** Options that say which session is meant: a cluster, or a program of this machine. */
export function addSessionOptions(command: Command): Command {
  return addClusterOptions(
    command,
    'host:port of a cluster, or http://… of the dashboard of a program (default: AKTIS_ADDRESS, else the newest ' +
      'cluster or program of yours here)',
  );
}

/** Finds the session that is meant, and connects for as long as `use` needs it. */
export async function withSession<T>(choice: ClusterChoice, use: (session: Session) => Promise<T>): Promise<T> {
  const address = [choice.address, process.env.AKTIS_ADDRESS].find(given => given && given !== 'auto');
  if (address === undefined || address === 'local') {
    const session = await newestSession(address === 'local');
    if (session.kind === 'program') return use(await openProgram(session));
    return useCluster({ ...choice, address: session.address }, use);
  }
  if (/^https?:\/\//.test(address)) return use(await openProgram(await behindDashboard(address, choice)));
  return useCluster({ ...choice, address }, use);
}

async function newestSession(onlyPrograms: boolean): Promise<RunningSession> {
  const [newest, ...others] = (await runningSessions()).filter(({ kind }) => !onlyPrograms || kind === 'program');
  if (newest === undefined) {
    const { ClusterUnreachableError } = await import('@aktis/core');
    throw new ClusterUnreachableError(
      'Nothing of yours runs on this machine. Start a program that calls init(), or a cluster: aktis start --head; ' +
        'or name a cluster: --address host:port or AKTIS_ADDRESS',
    );
  }
  if (others.length > 0) {
    console.error(
      `Several sessions run here. This is the newest, ${titleOf(newest)}; not ${others.slice(0, MENTIONED).map(titleOf).join(', ')}`,
    );
  }
  return newest;
}

async function openProgram({ url, token, pid }: RunningProgram): Promise<Session> {
  const { askDashboard, Source } = await import('@aktis/dashboard');
  const source = new Source((question, value) => askDashboard({ url, token }, question, value, limitOf(value)));
  return { title: pid === 0 ? `the session at ${url}` : `the program with pid ${pid}`, source, store: undefined };
}

/** What a dashboard shows. Only those of this user on this machine let in without a token. */
async function behindDashboard(address: string, { tokenFile }: ClusterChoice): Promise<RunningProgram> {
  if (!URL.canParse(address)) {
    const { InvalidOptionError } = await import('@aktis/core');
    throw new InvalidOptionError(`${address} is no address; the one of a dashboard looks like http://127.0.0.1:8265`);
  }
  const url = new URL(address);
  if (url.hostname === 'localhost') url.hostname = '127.0.0.1';
  const { listDashboards } = await import('@aktis/dashboard');
  const own = (await listDashboards()).find(({ url: known }) => known === url.origin);
  const token = own?.token ?? (await givenToken(tokenFile)) ?? '';
  return { kind: 'program', pid: 0, url: url.origin, token, startedAt: '' };
}

async function givenToken(tokenFile: string | undefined): Promise<string | undefined> {
  if (tokenFile === undefined) return process.env.AKTIS_TOKEN || undefined;
  const [{ readFile }, { InvalidOptionError }] = await Promise.all([import('node:fs/promises'), import('@aktis/core')]);
  try {
    return (await readFile(tokenFile, 'utf8')).trim();
  } catch (cause) {
    throw new InvalidOptionError(`The token file ${tokenFile} cannot be read: ${(cause as Error).message}`, { cause });
  }
}

async function useCluster<T>(choice: ClusterChoice, use: (session: Session) => Promise<T>): Promise<T> {
  const [{ Source }, { askCluster }] = await Promise.all([import('@aktis/dashboard'), import('@aktis/cluster')]);
  return withCluster(choice, (store, address) => {
    const source = new Source(limited((question, value) => askCluster(store, question, value)));
    return use({ title: `the cluster at ${address}`, source, store });
  });
}
