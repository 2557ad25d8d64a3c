import type { Link } from '@aktis/transport';
import {
  ConnectionError,
  connectTcp,
  listenTcp,
  type TcpLink,
  type TcpListener,
  type TcpSecurity,
} from '@aktis/transport/tcp';
import { BUSY_DRIVER_MS } from '../membership/index.ts';
import type { KnownMembers } from '../membership/known-members.ts';
import { version } from '../version.ts';
import type { Wire } from '../wire.ts';
import type { Peers } from './peers.ts';

/** A machine may be so busy that a handshake takes longer than it may. */
const ATTEMPTS = 3;

/** How links to other nodes come about: this node dials them, or they dial it. */
export class Links {
  readonly #identity: { readonly nodeId: string; readonly version: string };
  readonly #security: TcpSecurity;
  readonly #members: KnownMembers;
  readonly #wire: Wire | undefined;
  /** Whether code of users runs on this thread. */
  readonly #isDriver: boolean;

  constructor(nodeId: string, security: TcpSecurity, members: KnownMembers, wire: Wire | undefined, isDriver: boolean) {
    this.#identity = { nodeId, version };
    this.#security = security;
    this.#members = members;
    this.#wire = wire;
    this.#isDriver = isDriver;
  }

  /** Rejects when it cannot be reached, or is not the node it should be. One that is alive, but slow to answer, gets another chance. */
  async dial(nodeId: string, channel: 'calls' | 'bulk'): Promise<Link> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.#connect(nodeId, channel);
      } catch (error) {
        const isWell = this.#members.get(nodeId)?.isSuspect === false;
        if (!(error instanceof ConnectionError) || !isWell || attempt === ATTEMPTS) throw error;
      }
    }
  }

  async #connect(nodeId: string, channel: 'calls' | 'bulk'): Promise<Link> {
    const record = this.#members.get(nodeId)?.record;
    if (record === undefined) throw new Error(`node ${nodeId} is no member of the cluster`);
    this.#wire?.dial(nodeId);
    const at = record.address.lastIndexOf(':');
    const [host, port] = [record.address.slice(0, at), Number(record.address.slice(at + 1))];
    const expect = record.fingerprint === undefined ? { nodeId } : { nodeId, fingerprint: record.fingerprint };
    const { link } = await connectTcp({
      host,
      port,
      channel,
      identity: this.#identity,
      security: this.#security,
      expect,
    });
    if (record.kind === 'driver') link.allowSilence(BUSY_DRIVER_MS);
    link.unref();
    return this.#through(link, nodeId);
  }

  /** From now on others can dial this node. */
  async listen(host: string, peers: Peers): Promise<TcpListener> {
    const listener = await listenTcp({
      host,
      identity: this.#identity,
      security: this.#security,
      onLink: (link, { nodeId, channel }) => {
        link.unref();
        const { state, kind } = this.#members.record(nodeId) ?? {};
        // One that this node has not heard of yet is most likely a driver that has just come.
        if (kind !== 'node') link.allowSilence(BUSY_DRIVER_MS);
        if (state === 'DEAD') link.close('this node takes the other for dead');
        else peers.accepted(nodeId, channel).accept(channel, this.#through(link, nodeId));
      },
    });
    listener.unref();
    return listener;
  }

  #through(link: TcpLink, nodeId: string): Link {
    link.gathers = !this.#isDriver;
    return this.#wire?.through(link, nodeId) ?? link;
  }
}
