import type { DashboardSource } from '../session-room.ts';
import type { HistoryClient } from './history-client.ts';

/** What was written down of a session, as something that can be asked like a living one. Undefined: there is none. */
export async function pastSource(history: HistoryClient, sessionId: string): Promise<DashboardSource | undefined> {
  const past = await history.session(sessionId);
  if (past === undefined) return undefined;
  return {
    ask: (question, value) => history.ask(sessionId, question, value),
    sessionId,
    address: past.address,
    startedAt: new Date(past.startedAt),
    history,
    past,
  };
}
