import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import '@aktis/actors';
import { AktisError, type InitOptions } from '@aktis/core';
import { declareQuestions, Node } from '@aktis/core/hub';
import { systemClock } from '../clock.ts';
import { type ClusterAccess, findAccess, linkSecurity, openStore } from '../cluster-access.ts';
import { allServers, writeClusterFacts, writeServerFacts } from '../cluster-facts.ts';
import { ClusterNode } from '../cluster-node.ts';
import { CodeCache } from '../code/index.ts';
import type { ControlStore } from '../control-store.ts';
import { type DrainRequest, farewell, serveDrain } from '../drain/drain-request.ts';
import { endJobsOfDeadDrivers } from '../jobs/jobs-of-dead-drivers.ts';
import { SubmissionService } from '../jobs/submission-service.ts';
import type { MembershipTiming } from '../membership/index.ts';
import { NodeTable } from '../membership/node-table.ts';
import { ask } from '../questions/question-service.ts';
import { aktisHome } from '../session/aktis-home.ts';
import { SessionLock } from '../session/session-lock.ts';
import {
  caFile,
  forgetSession,
  knownSessions,
  registerSession,
  writeCa,
  writeLogin,
  writeToken,
} from '../session/sessions.ts';
import { serveReport } from '../status/node-report.ts';
import type { Wire } from '../wire.ts';
import { ControlServer } from './control-server.ts';
import { type HeadDashboard, openHeadDashboard } from './head-dashboard.ts';
import { assertNoOtherHead } from './only-head.ts';
import type { DaemonFacts, DaemonSettings } from './settings.ts';
import { TableHealth } from './table-health.ts';

/** What whoever starts a daemon is told; and what a test changes about it. */
export interface DaemonHooks {
  /** Being usable depends on other machines, and on what. */
  waiting?(text: string): void;
  readonly wire?: Wire;
  readonly timing?: Partial<MembershipTiming>;
  /** It is a member; again when it was taken for dead and has joined under another id. */
  onJoined?(nodeId: string): void;
}

const REJOIN_PAUSE_MS = 500;
const MAX_REJOIN_PAUSE_MS = 5_000;

/**
 * What `aktis start` leaves behind: a node of a cluster; with `server` also its control store or one of three, as a head
 * also what runs submitted commands. A node the others declared dead joins again as a new one.
 *
 * @example
 * const server = { port: 6379, tls: false };
 * const daemon = await Daemon.start({ directory, isHead: true, server, token, host: '127.0.0.1' });
 * process.once('SIGTERM', () => daemon.stop('it was stopped'));
 * await daemon.ended;
 */
export class Daemon {
  /** Resolves when all has ended; with a reason if nobody asked for that. */
  readonly ended: Promise<string | undefined>;
  readonly #settings: DaemonSettings;
  readonly #hooks: DaemonHooks;
  readonly #lock: SessionLock;
  readonly #access: ClusterAccess;
  readonly #server: ControlServer | undefined;
  #endHealth: () => void = () => {};
  readonly #store: ControlStore;
  readonly #cache: CodeCache;
  #submissions: SubmissionService | undefined;
  #dashboard: HeadDashboard | undefined;
  #member: ClusterNode | undefined;
  #stopping: Promise<void> | undefined;
  #reportEnd: (reason: string | undefined) => void = () => {};

  private constructor(
    settings: DaemonSettings,
    hooks: DaemonHooks,
    lock: SessionLock,
    access: ClusterAccess,
    server: ControlServer | undefined,
    store: ControlStore,
  ) {
    this.#settings = settings;
    this.#hooks = hooks;
    this.#lock = lock;
    this.#access = access;
    this.#server = server;
    this.#store = store;
    this.#cache = new CodeCache(join(aktisHome(), 'cache', 'code'), store.blobs);
    this.ended = new Promise(resolve => {
      this.#reportEnd = resolve;
    });
  }

  /** Resolves once the node is usable. */
  static async start(settings: DaemonSettings, hooks: DaemonHooks = {}): Promise<Daemon> {
    const { directory, token, ca, login } = settings;
    const { waiting = () => {} } = hooks;
    const lock = SessionLock.acquire(directory);
    let daemon: Daemon | undefined;
    let server: ControlServer | undefined;
    let store: ControlStore | undefined;
    const name = settings.name ?? `node-${process.pid}`;
    try {
      writeToken(directory, token);
      writeLogin(directory, login);
      if (settings.server === undefined) {
        writeCa(directory, ca);
        const access = findAccess({ address: settings.address, token });
        const tls = access.tls || ca !== undefined || login?.tls === true;
        const trusted: ClusterAccess = { ...access, ca, tls, credentials: login?.credentials };
        store = await openStore(trusted, { name });
        daemon = new Daemon(
          settings,
          hooks,
          lock,
          { ...trusted, address: await allServers(store, trusted) },
          undefined,
          store,
        );
      } else {
        const role = settings.server;
        const onGivenUp = (reason: string) => void daemon?.stop(reason, true);
        server = await ControlServer.start({ ...settings, server: role }, onGivenUp, waiting);
        store = await server.open(name, waiting);
        daemon = new Daemon(settings, hooks, lock, server.access, server, store);
      }
      await daemon.#begin();
      return daemon;
    } catch (error) {
      await daemon?.stop('it could not start');
      if (daemon === undefined) await store?.close();
      await server?.stop();
      lock.release();
      throw error;
    }
  }

  get facts(): DaemonFacts {
    const { nodeId, name } = (this.#member as ClusterNode).record;
    const { directory, isHead } = this.#settings;
    return {
      pid: process.pid,
      nodeId,
      name,
      address: this.#access.address,
      directory,
      isHead,
      runsServer: this.#server !== undefined,
    };
  }

  /** The facts for who has started it. */
  introduction(): DaemonFacts {
    return { ...this.facts, ...(this.#dashboard && { dashboardLink: this.#dashboard.newLink() }) };
  }

  /** Leaves the cluster, ends what runs here, and with a head the control store. Idempotent. */
  stop(reason: string, isFailure = false): Promise<void> {
    this.#stopping ??= this.#stop(reason).finally(() => this.#reportEnd(isFailure ? reason : undefined));
    return this.#stopping;
  }

  async #begin(): Promise<void> {
    const { directory, token, ca, isHead } = this.#settings;
    const before = knownSessions().find(session => session.directory === directory);
    if (before !== undefined) await this.#bury(before.nodeId, 'its process ended; this session has a new one');
    if (isHead) {
      await assertNoOtherHead(this.#store, this.#access.address);
      await this.#writeFacts();
    }
    await this.#join();
    if (this.#server !== undefined) {
      await this.#writeServerFacts(this.#server);
      this.#server.server.onRestarted(() => void this.#serverRestarted().catch(() => {}));
      if (!this.#server.isOfThree) this.#watchTables(this.#server, directory);
    }
    if (!isHead) return;
    const usesCa = ca !== undefined || this.#access.ca !== undefined;
    this.#submissions = await SubmissionService.start({
      store: this.#store,
      directory,
      env: {
        AKTIS_ADDRESS: this.#access.address,
        AKTIS_TOKEN: token,
        ...(usesCa && { AKTIS_CA_FILE: caFile(directory) }),
      },
      nodeId: () => this.facts.nodeId,
    });
    this.#dashboard = await openHeadDashboard(this.#store, this.#settings.dashboard, {
      address: this.#access.address,
      token,
      ownHost: this.#settings.host,
      submissions: this.#submissions,
      ask: (question, value) => ask((this.#member as ClusterNode).node, question, value),
    });
  }

  async #serverRestarted(): Promise<void> {
    if (this.#settings.isHead) await this.#writeFacts();
    await this.#writeServerFacts(this.#server as ControlServer);
  }

  async #writeFacts(): Promise<void> {
    const own = this.#server;
    const serverPid = own === undefined || own.isOfThree ? undefined : own.server.pid;
    await writeClusterFacts(this.#store, { address: this.#access.address, serverPid });
  }

  async #writeServerFacts({ address, server: { pid }, isOfThree }: ControlServer): Promise<void> {
    if (isOfThree) await writeServerFacts(this.#store, { address, pid, node: this.facts.name });
  }

  async #join(): Promise<void> {
    const { host, name, numCpus, numGpus, memory, objectStoreMemory, resources, labels } = this.#settings;
    const { wire, timing } = this.#hooks;
    const offer: InitOptions = {
      ...(numCpus !== undefined && { numCpus }),
      ...(numGpus !== undefined && { numGpus }),
      ...(memory !== undefined && { memory }),
      ...(objectStoreMemory !== undefined && { objectStoreMemory }),
      ...(resources !== undefined && { resources }),
      ...(labels !== undefined && { labels }),
    };
    const node = new Node(offer, false);
    declareQuestions(node);
    try {
      this.#member = await ClusterNode.join(node, {
        store: this.#store,
        security: await linkSecurity(this.#access),
        kind: 'node',
        host,
        isHead: this.#settings.isHead,
        ...(name !== undefined && { name }),
        programs: { own: undefined, file: hash => this.#cache.file(hash) },
        ...(wire && { wire }),
        ...(timing && { timing }),
      });
    } catch (error) {
      await node.shutdown('it could not join the cluster');
      throw error;
    }
    node.onEnd(serveReport(this.#store, node));
    node.onEnd(serveDrain(this.#store, node.id, request => this.#drain(request)));
    const { facts } = this;
    registerSession({ ...facts, startedAt: node.startedAt.toISOString() });
    this.#hooks.onJoined?.(facts.nodeId);
    if (facts.isHead) await endJobsOfDeadDrivers(this.#store, this.#member.membership);
    node.onEnd(() => {
      if (this.#stopping === undefined) setImmediate(() => void this.#joinAgain(node));
    });
  }

  /** Resolves when everybody is told that it drains; then it ends in its time. */
  async #drain({ reason, deadline }: DrainRequest): Promise<void> {
    if (this.#settings.isHead && this.#server?.isOfThree === false) {
      throw new AktisError(
        `Node ${this.facts.name} is the head, and runs the cluster's only control store: the cluster would end with it. End it ` +
          'with "aktis stop"; what can be drained is one of three control servers, or a head whose control store is elsewhere',
      );
    }
    const member = this.#member as ClusterNode;
    if (member.record.state === 'DRAINING') throw new AktisError(`Node ${this.facts.name} is draining already`);
    const { gone } = await member.drain({ reason, deadline });
    void gone.then(remains => {
      member.farewell = farewell(reason, remains);
      return this.stop(member.farewell);
    });
  }

  #watchTables({ server }: ControlServer, directory: string): void {
    const health = new TableHealth(this.#store, directory, {
      renew: () => server.renew(),
      warn: text => console.error(text),
      giveUp: reason => void this.stop(reason, true),
    });
    this.#endHealth = health.watch();
  }

  /** The others took this node for dead; under its old id it serves nobody any more. */
  async #joinAgain(old: Node): Promise<void> {
    await old.shutdown();
    for (let pause = REJOIN_PAUSE_MS; this.#stopping === undefined; pause = Math.min(2 * pause, MAX_REJOIN_PAUSE_MS)) {
      try {
        await this.#bury(old.id, 'it fenced itself');
        await this.#join();
        console.error(`This node was declared dead, and has joined again as ${this.facts.nodeId}`);
        break;
      } catch (error) {
        console.error(`This node cannot join again yet: ${(error as Error).message}`);
        await setTimeout(pause);
      }
    }
    if (this.#stopping !== undefined) await this.#member?.node.shutdown('it was stopped');
  }

  /** A node of this session that is gone for certain: its name is free from now on. */
  async #bury(nodeId: string, reason: string): Promise<void> {
    const nodes = new NodeTable(this.#store, systemClock);
    const entry = await nodes.read(nodeId);
    if (entry !== undefined) await nodes.bury(entry.record, reason, () => true);
  }

  async #stop(reason: string): Promise<void> {
    this.#endHealth();
    await this.#dashboard?.close();
    await this.#submissions?.close(reason);
    await this.#member?.node.shutdown(reason);
    await this.#store.close();
    await this.#server?.stop();
    forgetSession(this.#settings.directory);
    this.#lock.release();
  }
}
