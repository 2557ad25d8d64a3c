import { existsSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { AktisError } from '@aktis/core';
import { KnownCluster } from './known-cluster.ts';
import type { LocalClusterFile } from './local-file.ts';
import { SshHost } from './ssh-host.ts';

/** Tells what happens on which machine. */
export type Report = (host: string, line: string) => void;

const HEAD_PORT = 6379;
const DEFAULT_HEAD_START = 'aktis start --head --host "$AKTIS_HEAD_IP" --node-name head';
const DEFAULT_WORKER_START =
  'aktis start --address "$AKTIS_HEAD_ADDRESS" --host "$AKTIS_NODE_IP" --node-name "$AKTIS_NODE_IP"';
const DEFAULT_STOP = 'aktis stop --address "$AKTIS_HEAD_ADDRESS"';

/** A cluster of machines that are there, as its file describes it. */
export class LocalCluster {
  readonly #file: LocalClusterFile;
  readonly #folder: string;
  readonly #known: KnownCluster;
  readonly #head: SshHost;
  readonly #workers: readonly SshHost[];

  /** @param path of the cluster file, to which local paths in it are relative */
  constructor(file: LocalClusterFile, path: string) {
    this.#file = file;
    this.#folder = dirname(resolve(path));
    this.#known = new KnownCluster(file.cluster_name);
    const { head_ip, worker_ips = [] } = file.provider;
    const host = (address: string) => new SshHost(address, file.auth, this.#known.knownHosts);
    this.#head = host(head_ip);
    this.#workers = worker_ips.map(host);
  }

  get tokenFile(): string {
    return this.#known.tokenFile;
  }

  get caFile(): string | undefined {
    return this.#known.ca === undefined ? undefined : this.#known.caFile;
  }

  /** Sets all machines up, and starts the head, then the workers. Resolves with the cluster's address. */
  async up(newToken: () => string, limit: number, report: Report): Promise<string> {
    const {
      head_setup_commands = [],
      worker_setup_commands = [],
      head_start_commands,
      worker_start_commands,
    } = this.#file;
    this.#checkMounts();
    const token = this.#known.token ?? newToken();
    this.#known.keep({ token });
    await this.#prepare(this.#head, head_setup_commands, limit, report);
    const started = await this.#runAll(this.#head, head_start_commands ?? [DEFAULT_HEAD_START], limit, report);
    const address = /\bup at (\S+)\.$/m.exec(started)?.[1] ?? `${this.#head.address}:${HEAD_PORT}`;
    const [, caFile] = /^ *CA: +(\S+)/m.exec(started) ?? [];
    const ca = caFile === undefined ? undefined : await this.#head.run(`cat '${caFile}'`, { limit });
    this.#known.keep({ token, ca, address });
    await Promise.all(
      this.#workers.map(async worker => {
        await this.#prepare(worker, worker_setup_commands, limit, report);
        const trust: Record<string, string> = {};
        if (ca !== undefined) trust.AKTIS_CA_FILE = await this.#giveCertificate(worker, ca, limit);
        await this.#runAll(worker, worker_start_commands ?? [DEFAULT_WORKER_START], limit, report, trust);
      }),
    );
    return address;
  }

  /** Ends the nodes on all machines, the head last. Machines that cannot be reached are told at the end. */
  async down(limit: number, report: Report): Promise<void> {
    const { stop_commands = [DEFAULT_STOP] } = this.#file;
    const failures: string[] = [];
    const end = async (host: SshHost) => {
      try {
        await this.#runAll(host, stop_commands, limit, report);
      } catch (error) {
        failures.push((error as Error).message);
      }
    };
    await Promise.all(this.#workers.map(end));
    await end(this.#head);
    if (failures.length > 0) throw new AktisError(`Not all of the cluster is down:\n${failures.join('\n')}`);
  }

  /** Runs a command on the head; resolves with its exit code. */
  exec(command: string): Promise<number> {
    return this.#head.exec(command, this.#onHead());
  }

  /** A shell on the head; resolves with its exit code. */
  attach(): Promise<number> {
    return this.#head.attach('exec bash -l', this.#onHead());
  }

  /** Who works on the head has the token there. */
  #onHead(): Record<string, string> {
    const { AKTIS_TOKEN: _, ...env } = this.#environment(this.#head);
    return { ...env, AKTIS_ADDRESS: 'auto' };
  }

  async #prepare(host: SshHost, own: readonly string[], limit: number, report: Report): Promise<void> {
    const { initialization_commands = [], file_mounts = {}, setup_commands = [] } = this.#file;
    await this.#runAll(host, initialization_commands, limit, report);
    for (const [remote, local] of Object.entries(file_mounts)) {
      report(host.address, `copying ${local} to ${remote}`);
      // A directory's content goes into the directory of that name.
      const from = resolve(this.#folder, local);
      await host.run(`mkdir -p "$(dirname ${quoted(remote)})"`, { limit });
      await host.copy(local.endsWith('/') ? `${from}/` : from, remote.replace(/^~\//, ''), limit);
    }
    await this.#runAll(host, [...setup_commands, ...own], limit, report);
  }

  async #runAll(
    host: SshHost,
    commands: readonly string[],
    limit: number,
    report: Report,
    more: Readonly<Record<string, string>> = {},
  ): Promise<string> {
    const outputs: string[] = [];
    for (const command of commands) {
      report(host.address, `$ ${command}`);
      const env = { ...this.#environment(host), ...more };
      outputs.push(await host.run(command, { env, limit, onLine: line => report(host.address, line) }));
    }
    return outputs.join('\n');
  }

  /** Resolves with where it is there. */
  async #giveCertificate(host: SshHost, ca: string, limit: number): Promise<string> {
    const text = Buffer.from(ca).toString('base64');
    const name = quoted(`~/.aktis/clusters/${this.#file.cluster_name}-ca.pem`);
    const command = `mkdir -p "$(dirname ${name})" && echo ${text} | base64 -d > ${name} && echo ${name}`;
    return (await host.run(command, { limit })).trim();
  }

  /** What commands find: the file's `env`, where the head is, and what lets in. */
  #environment(host: SshHost): Record<string, string> {
    const { cluster_name, env = {} } = this.#file;
    const { token, address = `${this.#head.address}:${HEAD_PORT}` } = this.#known;
    return {
      ...Object.fromEntries(Object.entries(env).map(([name, value]) => [name, String(value)])),
      AKTIS_CLUSTER_NAME: cluster_name,
      AKTIS_HEAD_IP: this.#head.address,
      AKTIS_HEAD_ADDRESS: address,
      AKTIS_NODE_IP: host.address,
      ...(token !== undefined && { AKTIS_TOKEN: token }),
    };
  }

  #checkMounts(): void {
    for (const [remote, local] of Object.entries(this.#file.file_mounts ?? {})) {
      if (existsSync(resolve(this.#folder, local))) continue;
      throw new AktisError(`file_mounts of ${remote}: there is no ${resolve(this.#folder, local)} on this machine`);
    }
  }
}

function quoted(path: string): string {
  return path.startsWith('~/') ? `"$HOME/${path.slice(2)}"` : `"${path}"`;
}
