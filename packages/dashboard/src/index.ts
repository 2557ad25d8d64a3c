import type { Dashboard } from '@aktis/core';
import { historyOf } from './history/session-history.ts';
import { SessionRoom } from './session-room.ts';

export type * from './api-types.ts';
export { type DashboardEntry, listDashboards, signInLink } from './dashboard-files.ts';
export { openHeadDashboard } from './head-dashboard.ts';
export { history } from './history/session-history.ts';
export type { JobControl, JobSubmission } from './job-control.ts';
export { openPastDashboard, type PastDashboard, type PastDashboardOptions } from './past-dashboard.ts';
export { askDashboard, type DashboardDoor } from './question-client.ts';
export { type DashboardSource, type RoomOptions, SessionRoom } from './session-room.ts';
export { type Ask, type ListQuery, Source } from './source.ts';

/** What `registerDashboard` wants: the dashboard of a session in this process. */
export const dashboard: Dashboard = {
  async open(node, { host, url, code }) {
    const { client, isOwn } = historyOf(node);
    if (isOwn) node.onEnd(() => client.close());
    const { id: sessionId, startedAt, runtime, options } = node;
    const source = {
      ask: (question: string, value: unknown) => runtime.ask(question, value),
      sessionId,
      address: 'local',
      startedAt,
      history: client,
    };
    const room = new SessionRoom(source, { host, url, token: options.token });
    room.allow(code, startedAt);
    return room;
  },
};
