import { randomBytes } from 'node:crypto';
import { clearTimeout, setTimeout } from 'node:timers';
import { dashboardLoader } from './dashboard.ts';
import { Door } from './door.ts';
import type { Node } from './node.ts';

const DEFAULT_PORT = 8265;
/** When the other programs of this user are told; a program that ends sooner need not be found. */
const TELL_AFTER_MS = 1_000;

/**
 * Listens for those who want to look inside of a local session, until it ends, and says where. Resolves to the URL;
 * undefined: no dashboard is wanted, or none is there. A session without its dashboard is still a session, so failures
 * are only told.
 */
export async function openDashboard(node: Node): Promise<string | undefined> {
  const load = dashboardLoader();
  const { includeDashboard, dashboardHost = '127.0.0.1', dashboardPort = DEFAULT_PORT } = node.options;
  if (includeDashboard === false || process.env.AKTIS_DASHBOARD === '0' || load === undefined) return undefined;
  const code = randomBytes(24).toString('base64url');
  const opening = Door.open(dashboardHost, dashboardPort, async () => {
    const [dashboard, { host, url }] = await Promise.all([load(), opening]);
    return dashboard.open(node, { host, url, code });
  });
  let telling: NodeJS.Timeout | undefined;
  node.onEnd(async () => {
    clearTimeout(telling);
    await opening.then(
      door => door.close(),
      () => {},
    );
  });
  try {
    const door = await opening;
    // Test runners start many sessions that nobody looks at.
    if (process.env.JEST_WORKER_ID === undefined && process.env.NODE_ENV !== 'test') {
      const moved = dashboardPort === 0 || door.port === dashboardPort ? '' : ` (port ${dashboardPort} is taken)`;
      node.logs.warn(`View the dashboard at ${door.url}/?code=${code}${moved}`);
      if (!node.isEnding) telling = setTimeout(() => door.prepare().catch(() => {}), TELL_AFTER_MS).unref();
    }
    return door.url;
  } catch (error) {
    node.logs.warn(`There is no dashboard: ${(error as Error).message}`);
    return undefined;
  }
}
