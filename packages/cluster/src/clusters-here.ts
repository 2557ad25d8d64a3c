import type { Connection, Node } from '@aktis/core';

/** How a driver in this process joins a cluster whose nodes are in this process, too, by the cluster's address. */
export const clustersHere = new Map<string, (node: Node) => Promise<Connection>>();
