import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { InvalidOptionError } from '@aktis/core';
import { readPrivateFile, writePrivateFile } from '../private-files.ts';
import { parseNatsAddress } from './nats-address.ts';
import type { ServerClusterSettings } from './server-config.ts';
import { NatsServerError } from './server-failure.ts';

/** Servers listen for each other so far above the port for clients. */
const ROUTE_PORT_DISTANCE = 1000;

/** One of three servers that keep a cluster's tables together, as it sees the group. */
export interface ServerGroup {
  /** `host:port` where clients reach each, in the order given. */
  readonly addresses: readonly string[];
  /** Of this one. */
  readonly own: string;
  readonly others: readonly string[];
  readonly serverName: string;
  readonly routes: ServerClusterSettings;
}

/**
 * The group that `addresses` names, and which of them is this one: the one that says `host`, and `port` where several of
 * them do.
 *
 * @throws InvalidOptionError unless there are three different ones, this one among them
 */
export function serverGroup(addresses: readonly string[], host: string, port: number): ServerGroup {
  const { servers } = parseNatsAddress(addresses);
  if (new Set(servers).size !== 3 || servers.length !== 3) {
    throw new InvalidOptionError(
      `A cluster has one control server or three, so that it survives the loss of any; ${servers.length} were named: ` +
        `${servers.join(', ')}. Name three different ones, on each of them the same: --control-servers a:6379,b:6379,c:6379`,
    );
  }
  const here = servers.filter(server => hostOf(server) === host);
  const own = here.length === 1 ? here[0] : here.find(server => portOf(server) === port);
  if (own === undefined) {
    throw new InvalidOptionError(
      `None of the control servers ${servers.join(', ')} is this machine's ${host}:${port}: name its address with --host ` +
        '(and --port), as the list has it',
    );
  }
  return {
    addresses: servers,
    own,
    others: servers.filter(server => server !== own),
    serverName: `aktis-${own.replace(/[^A-Za-z0-9]+/g, '-')}`,
    routes: {
      port: routePort(portOf(own)),
      peers: servers.map(server => `${server.slice(0, server.lastIndexOf(':'))}:${routePort(portOf(server))}`),
    },
  };
}

export function portOf(address: string): number {
  return Number(address.slice(address.lastIndexOf(':') + 1));
}

function hostOf(address: string): string {
  return address.slice(0, address.lastIndexOf(':')).replace(/^\[|\]$/g, '');
}

function routePort(port: number): number {
  const above = port + ROUTE_PORT_DISTANCE;
  return above <= 65_535 ? above : port - ROUTE_PORT_DISTANCE;
}

/**
 * Makes sure that what lies in the session directory was written by a server of the same group, and notes the group.
 * nats-server would begin with empty tables otherwise, without a word.
 *
 * @throws NatsServerError which says what was there
 */
export function keepToGroup(directory: string, addresses: readonly string[]): void {
  const file = join(directory, 'nats', 'group');
  const group = [...addresses].sort().join(',');
  const text = readPrivateFile(file)?.trim();
  const before = text ?? (existsSync(join(directory, 'nats', 'data', 'jetstream')) ? '' : undefined);
  if (before !== undefined && before !== group) {
    const [was, is] = [before, group].map(each => (each === '' ? 'a single control server' : `one of ${each}`));
    throw new NatsServerError(
      `${directory} holds the tables of ${was}, and cannot become ${is} with them. Give the machine that takes the place of ` +
        'a lost one the address of that one; for a new cluster choose another --session-dir',
    );
  }
  writePrivateFile(file, `${group}\n`);
}
