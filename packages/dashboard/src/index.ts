import type { Dashboard } from '@aktis/core';
import { serveSession } from './gate.ts';

export type * from './api-types.ts';
export { type DashboardEntry, listDashboards } from './dashboard-files.ts';
export { type DashboardSource, type ServeOptions, serveSession } from './gate.ts';
export type { JobControl, JobSubmission } from './job-control.ts';

/** What `registerDashboard` wants: the dashboard of a session in this process. */
export const dashboard: Dashboard = {
  serve(node) {
    const { dashboardHost: host, dashboardPort: port, token } = node.options;
    return serveSession(
      {
        ask: (question, value) => node.runtime.ask(question, value),
        sessionId: node.id,
        address: 'local',
        startedAt: node.startedAt,
        say: text => node.logs.warn(text),
      },
      { host, port, token },
    );
  },
};
