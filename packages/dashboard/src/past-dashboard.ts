import { AktisError } from '@aktis/core';
import { Door } from '@aktis/core/hub';
import { historyClient } from './history/session-history.ts';
import { SessionRoom } from './session-room.ts';

const DEFAULT_PORT = 8265;

export interface PastDashboardOptions {
  /** Where the histories are. Default: `history` in `AKTIS_HOME`, which is `~/.aktis`. */
  readonly directory?: string;
  /** Default: 127.0.0.1. */
  readonly host?: string;
  /** Or the next one that is free. Default: 8265. */
  readonly port?: number;
}

/** A dashboard without a session. */
export interface PastDashboard {
  /** Signs one browser in, within five minutes. */
  readonly link: string;
  close(): Promise<void>;
}

/**
 * Shows the sessions whose history was kept, while none of them need be alive.
 *
 * @throws AktisError when there are none
 */
export async function openPastDashboard(options: PastDashboardOptions = {}): Promise<PastDashboard> {
  const { directory, host = '127.0.0.1', port = DEFAULT_PORT } = options;
  const history = historyClient(directory === undefined ? {} : { directory });
  const found = await history.sessions();
  if (found.sessions.length === 0) {
    await history.close();
    const problems = found.problems.map(problem => `; ${problem}`).join('');
    throw new AktisError(
      `There is no history in ${found.directory}: start sessions with init({ history: true }) or AKTIS_HISTORY=1${problems}`,
    );
  }
  const home = async () => {
    const { sessions } = await history.sessions();
    return sessions[0] && `/history/${sessions[0].sessionId}/`;
  };
  // Nobody answers questions here: those of a past session go to its own server.
  const source = { ask: async () => undefined, sessionId: '', address: '', startedAt: new Date(), history, home };
  let room: SessionRoom | undefined;
  const door = await Door.open(host, port, async () => room as SessionRoom);
  room = new SessionRoom(source, { host, url: door.url });
  await door.prepare();
  return {
    link: room.newLink(),
    async close() {
      await door.close();
      await history.close();
    },
  };
}
