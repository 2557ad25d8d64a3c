import { hostname } from 'node:os';
import type { HeadDashboard, HeadSource } from '@aktis/cluster';
import { Door } from '@aktis/core/hub';
import { HeadJobs } from './head-jobs.ts';
import type { HistoryClient } from './history/history-client.ts';
import { HistoryKeeper } from './history/history-keeper.ts';
import { historyClient } from './history/session-history.ts';
import { SessionRoom } from './session-room.ts';

/** The dashboard of a cluster, in the process of its head: what `aktis start --head` opens. */
export async function openHeadDashboard(source: HeadSource): Promise<HeadDashboard> {
  const { clusterId, address, startedAt, token, host, port, ownHost, ask, submissions } = source;
  let room: SessionRoom | undefined;
  const door = await Door.open(host, port, async () => room as SessionRoom);
  const isAny = host === '0.0.0.0' || host === '::';
  const url = isAny ? door.url.replace('127.0.0.1', ownHost) : door.url;
  const history = historyClient(source.history);
  // A cluster outlives its heads; each writes a history of its own.
  const historyId = `${clusterId.slice(0, 16)}_${Date.now().toString(36)}`;
  room = new SessionRoom(
    { ask, sessionId: clusterId, clusterId, address, startedAt, jobs: new HeadJobs(submissions), history, historyId },
    { host, url, token },
  );
  const { newLink } = room;
  await door.prepare();
  const keeper = source.history && (await begin(source, history, historyId));
  return {
    url,
    newLink: newLink.bind(room),
    async close() {
      await keeper?.end();
      await door.close();
      await history.close();
    },
  };
}

async function begin(
  { ask, address }: HeadSource,
  client: HistoryClient,
  sessionId: string,
): Promise<HistoryKeeper | undefined> {
  const keeper = new HistoryKeeper(ask, client, text => console.error(text));
  try {
    const startedAt = new Date().toISOString();
    const entrypoint = `cluster at ${address}`;
    await keeper.begin({ sessionId, startedAt, pid: process.pid, host: hostname(), entrypoint, address });
    return keeper;
  } catch (error) {
    console.error(`There is no history: ${(error as Error).message}`);
    return undefined;
  }
}
