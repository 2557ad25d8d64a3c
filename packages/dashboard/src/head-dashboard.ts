import type { HeadDashboard, HeadSource } from '@aktis/cluster';
import { Door } from '@aktis/core';
import { HeadJobs } from './head-jobs.ts';
import { SessionRoom } from './session-room.ts';

/** The dashboard of a cluster, in the process of its head: what `aktis start --head` opens. */
export async function openHeadDashboard(source: HeadSource): Promise<HeadDashboard> {
  const { clusterId, address, startedAt, token, host, port, ownHost, ask, submissions } = source;
  let room: SessionRoom | undefined;
  const door = await Door.open(host, port, async () => room as SessionRoom);
  const isAny = host === '0.0.0.0' || host === '::';
  const url = isAny ? door.url.replace('127.0.0.1', ownHost) : door.url;
  room = new SessionRoom(
    { ask, sessionId: clusterId, clusterId, address, startedAt, jobs: new HeadJobs(submissions) },
    { host, url, token },
  );
  const { newLink } = room;
  await door.prepare();
  return { url, newLink: newLink.bind(room), close: () => door.close() };
}
