import type { Node } from './node.ts';

/** How a node joins a cluster: what the package cluster brings. */
export interface Connector {
  /**
   * Makes `node` a member of the cluster at `options.address`, and gives it `elsewhere`. Called once, before anything else
   * happens on the node; what is submitted meanwhile waits. Resolves when the node is a member.
   */
  connect(node: Node, address: string): Promise<Connection>;
}

/** What a session that has joined a cluster says of it. */
export interface Connection {
  readonly address: string;
  readonly dashboardUrl: string | undefined;
}

let load: (() => Promise<Connector>) | undefined;

/** Sets where the connector comes from; it is loaded by the first `init` that names an address. */
export function registerConnector(connector: () => Promise<Connector>): void {
  load = connector;
}

/** Undefined: this program has no such package. */
export function loadConnector(): Promise<Connector> | undefined {
  return load?.();
}
