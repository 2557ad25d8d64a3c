import type { ResourceMap } from '@aktis/core';
import type { DashboardSettings } from './head-dashboard.ts';

/** What `aktis start` asks for. */
export interface DaemonSettings {
  /** The session directory, which exists. */
  readonly directory: string;
  /** For the head: where the control store listens; 0: any free port. */
  readonly head?: { readonly port: number };
  /** For other nodes: the cluster to join. */
  readonly address?: string;
  readonly token: string;
  /** PEM of the certificate to trust; for the head, whose own it is: that it uses TLS. */
  readonly ca?: string;
  /** Where this node listens. */
  readonly host: string;
  readonly name?: string;
  readonly numCpus?: number;
  readonly numGpus?: number;
  /** In bytes. */
  readonly memory?: number;
  readonly resources?: ResourceMap;
  readonly labels?: Readonly<Record<string, string>>;
  /** Of a head; undefined: it has none. */
  readonly dashboard?: DashboardSettings;
}

/** What a daemon that is usable says of itself. */
export interface DaemonFacts {
  readonly pid: number;
  readonly nodeId: string;
  readonly name: string;
  /** Of the cluster. */
  readonly address: string;
  readonly directory: string;
  readonly isHead: boolean;
  /** A link to the dashboard that lets one browser in, once; only told to who started it. */
  readonly dashboardLink?: string;
}
