import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { AktisError } from '@aktis/core';
import type { ControlStore } from '../control-store.ts';
import type { DaemonSettings } from '../daemon/settings.ts';
import { askToDrain } from '../drain/drain-request.ts';
import { privateDirectory } from '../private-files.ts';
import { decodeFailure } from '../request-failure.ts';
import { inNamespace } from './network/ip-command.ts';
import type { TestHost } from './network/test-network.ts';
import type { FromNodeProcess, ToNodeProcess } from './node-process.ts';
import { plainEnvironment } from './plain-environment.ts';
import type { ProcessGuard } from './process-guard.ts';
import { type DrainOptions, type TestNode, usualDrain } from './test-node.ts';

const STOP_LIMIT_MS = 20_000;

/** What nodes in processes of their own share; and on which host this one is. */
export interface OuterPlace {
  readonly home: string;
  readonly guard: ProcessGuard;
  readonly store: ControlStore;
  readonly host: TestHost | undefined;
}

/** A node in a process of its own: what `aktis start` leaves behind, but it ends with the test. */
export class OuterNode implements TestNode {
  readonly name: string;
  /** Where it runs; undefined: on this machine, like everything else. */
  readonly host: TestHost | undefined;
  readonly #process: ChildProcess;
  readonly #ended: Promise<void>;
  readonly #store: ControlStore;
  #id: string;
  #state: 'running' | 'frozen' | 'ended' = 'running';

  private constructor(
    name: string,
    process: ChildProcess,
    store: ControlStore,
    id: string,
    ended: Promise<void>,
    host?: TestHost,
  ) {
    this.name = name;
    this.host = host;
    this.#process = process;
    this.#store = store;
    this.#id = id;
    this.#ended = ended.then(() => {
      this.#state = 'ended';
    });
    process.on('message', (told: FromNodeProcess) => {
      if ('nodeId' in told) this.#id = told.nodeId;
    });
  }

  static async start(
    name: string,
    settings: Omit<DaemonSettings, 'directory'>,
    more: Omit<ToNodeProcess & { op: 'start' }, 'op' | 'settings'>,
    { home, guard, store, host }: OuterPlace,
  ): Promise<OuterNode> {
    const directory = privateDirectory(join(home, 'sessions', name));
    const logFile = join(directory, 'daemon.log');
    const log = openSync(logFile, 'a', 0o600);
    const script = fileURLToPath(new URL('./node-process.js', import.meta.url));
    const [command, args] =
      host?.namespace === undefined
        ? [process.execPath, [script]]
        : inNamespace(host.namespace, process.execPath, [script]);
    const child = spawn(command, args, {
      detached: true,
      stdio: ['ignore', log, log, 'ipc'],
      env: plainEnvironment({ AKTIS_HOME: home }),
    });
    closeSync(log);
    const { pid } = child;
    const ended = new Promise<void>(resolve => {
      child.once('exit', () => resolve());
      if (pid === undefined) child.once('error', () => resolve());
    }).then(() => {
      if (pid !== undefined) guard.forget(pid);
    });
    if (pid !== undefined) guard.watch(pid);
    const nodeId = await new Promise<string>((resolve, reject) => {
      child.once('error', reject);
      void ended.then(() => reject(new AktisError(`Node ${name} ended while it started; see ${logFile}`)));
      child.once('message', (told: FromNodeProcess) => {
        if ('nodeId' in told) resolve(told.nodeId);
        else reject(decodeFailure(told.failure));
      });
      // By IPC: arguments and environments of processes can be seen by others.
      child.send({ op: 'start', settings: { ...settings, name, directory }, ...more } satisfies ToNodeProcess);
    });
    child.unref();
    child.channel?.unref();
    return new OuterNode(name, child, store, nodeId, ended, host);
  }

  get id(): string {
    return this.#id;
  }

  get pid(): number {
    return this.#process.pid as number;
  }

  get state(): 'running' | 'frozen' | 'ended' {
    return this.#state;
  }

  async kill(): Promise<void> {
    this.#process.ref();
    this.#process.kill('SIGKILL');
    await this.#ended;
  }

  async stop(): Promise<void> {
    if (this.#state === 'ended') return;
    this.thaw();
    this.#process.ref();
    this.#process.kill('SIGTERM');
    const force = setTimeout(() => this.#process.kill('SIGKILL'), STOP_LIMIT_MS);
    await this.#ended;
    clearTimeout(force);
  }

  drain(options: DrainOptions = {}): Promise<void> {
    return askToDrain(this.#store, { nodeId: this.id, name: this.name, kind: 'node' }, { ...usualDrain, ...options });
  }

  freeze(): void {
    if (this.#state !== 'running') return;
    this.#process.kill('SIGSTOP');
    this.#state = 'frozen';
  }

  thaw(): void {
    if (this.#state !== 'frozen') return;
    this.#process.kill('SIGCONT');
    this.#state = 'running';
  }

  cut(nodeId: string): void {
    this.#tell({ op: 'cut', nodeId });
  }

  heal(): void {
    this.#tell({ op: 'heal' });
  }

  #tell(message: ToNodeProcess): void {
    if (this.#process.connected) this.#process.send(message, () => {});
  }
}
