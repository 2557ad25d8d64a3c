import type { ResourceMap } from '@aktis/core';
import type { NatsLogin } from '../session/sessions.ts';
import type { DashboardSettings } from './head-dashboard.ts';

/** What `aktis start` asks for. */
export interface DaemonSettings {
  /** The session directory, which exists. */
  readonly directory: string;
  /** It runs what is submitted. */
  readonly isHead: boolean;
  /** For a node that runs a control server. Otherwise `address` says where the control store is. */
  readonly server?: ServerRole;
  /** The control store: `host:port`, or several with commas between. */
  readonly address?: string;
  /** How to get into it, when others run it. */
  readonly login?: NatsLogin;
  readonly token: string;
  /** PEM of the certificate to trust. */
  readonly ca?: string;
  /** Where this node listens. */
  readonly host: string;
  readonly name?: string;
  readonly numCpus?: number;
  readonly numGpus?: number;
  /** In bytes. */
  readonly memory?: number;
  /** In bytes: more objects than this are moved to disk. */
  readonly objectStoreMemory?: number;
  readonly resources?: ResourceMap;
  readonly labels?: Readonly<Record<string, string>>;
  /** Of a head; undefined: it has none. */
  readonly dashboard?: DashboardSettings;
}

/** A nats-server that belongs to the node. */
export interface ServerRole {
  /** Where it listens; 0: any free port. */
  readonly port: number;
  readonly tls: boolean;
  /** It is one of three: `host:port` of all of them, this one too. */
  readonly among?: readonly string[];
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
  /** It runs a nats-server. */
  readonly runsServer: boolean;
}
