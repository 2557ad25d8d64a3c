import type { Node } from './node.ts';

/** Where people look inside of a session: what the package dashboard brings. */
export interface Dashboard {
  /** Listens for browsers. Rejects when that cannot be had; never keeps the process running. */
  serve(node: Node): Promise<ServedDashboard>;
}

export interface ServedDashboard {
  /** Without the code that lets a browser in. */
  readonly url: string;
  close(): Promise<void>;
}

let load: (() => Promise<Dashboard>) | undefined;

/** Sets where the dashboard comes from; it is loaded by every local session that wants one. */
export function registerDashboard(dashboard: () => Promise<Dashboard>): void {
  load = dashboard;
}

/**
 * Serves the dashboard of a local session until it ends. Undefined: none is wanted, or none is there. A session without
 * its dashboard is still a session, so failures are only told.
 */
export async function serveDashboard(node: Node): Promise<ServedDashboard | undefined> {
  const isWanted = node.options.includeDashboard !== false && process.env.AKTIS_DASHBOARD !== '0';
  if (!isWanted || load === undefined) return undefined;
  const serving = load().then(dashboard => dashboard.serve(node));
  node.onEnd(() =>
    serving.then(
      served => served.close(),
      () => {},
    ),
  );
  try {
    return await serving;
  } catch (error) {
    node.logs.warn(`There is no dashboard: ${(error as Error).message}`);
    return undefined;
  }
}
