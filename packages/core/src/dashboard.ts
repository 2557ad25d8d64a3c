import type { Room } from './door.ts';
import type { Node } from './node.ts';

/** Where people look inside of a session: what the package dashboard brings. */
export interface Dashboard {
  /** What answers browsers that come to `place`. */
  open(node: Node, place: DashboardPlace): Promise<Room>;
}

export interface DashboardPlace {
  /** Where the dashboard listens. */
  readonly host: string;
  /** Without a code. */
  readonly url: string;
  /** Lets one browser in, once: part of the link that was printed. */
  readonly code: string;
}

let load: (() => Promise<Dashboard>) | undefined;

/** Sets where the dashboard comes from; it is loaded when somebody looks. */
export function registerDashboard(dashboard: () => Promise<Dashboard>): void {
  load = dashboard;
}

/** Undefined: this program has no such package. */
export function dashboardLoader(): (() => Promise<Dashboard>) | undefined {
  return load;
}
