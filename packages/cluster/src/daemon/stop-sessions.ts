import { setTimeout } from 'node:timers/promises';
import { isRunning } from '../session/process-identity.ts';
import { forgetSession, type SessionRecord } from '../session/sessions.ts';

/** How a daemon ended. */
export interface StoppedSession {
  readonly session: SessionRecord;
  readonly byForce: boolean;
}

/**
 * Ends daemons gracefully, after `grace` ms by force; those with a control server last, because the
 * others say goodbye through it.
 */
export async function stopSessions(sessions: readonly SessionRecord[], grace: number): Promise<StoppedSession[]> {
  const nodes = await Promise.all(
    sessions.filter(({ runsServer }) => !runsServer).map(session => stop(session, grace)),
  );
  const servers = await Promise.all(
    sessions.filter(({ runsServer }) => runsServer).map(session => stop(session, grace)),
  );
  return [...nodes, ...servers];
}

async function stop(session: SessionRecord, grace: number): Promise<StoppedSession> {
  const forceAt = performance.now() + grace;
  let byForce = false;
  signal(session, 'SIGTERM');
  while (isRunning(session.process)) {
    await setTimeout(20);
    if (byForce || performance.now() < forceAt) continue;
    byForce = true;
    signal(session, 'SIGKILL');
  }
  forgetSession(session.directory);
  return { session, byForce };
}

function signal({ process: { pid } }: SessionRecord, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // It has just ended.
  }
}
