import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { findServerBinary } from './server-binary.ts';
import { sayHello } from './server-handshake.ts';

/** A NATS that others run: a nats-server with a configuration that Aktis has not written. */
export class ForeignNats {
  readonly port: number;
  readonly #server: ChildProcess;

  private constructor(server: ChildProcess, port: number) {
    this.#server = server;
    this.port = port;
  }

  static async start(directory: string, configuration: string): Promise<ForeignNats> {
    const port = await freePort();
    const file = join(directory, `${port}.conf`);
    writeFileSync(file, `port: ${port}\nhost: 127.0.0.1\n${configuration}\n`);
    const server = spawn(findServerBinary().path, ['-c', file], { stdio: 'ignore' });
    while ((await sayHello('127.0.0.1', port, undefined, 1000)) === 'nothing') {
      if (server.exitCode !== null) throw new Error(`nats-server refuses ${configuration}`);
      await new Promise(resolve => setTimeout(resolve, 10));
    }
    return new ForeignNats(server, port);
  }

  async stop(): Promise<void> {
    this.#server.kill('SIGKILL');
    if (this.#server.exitCode === null && this.#server.signalCode === null) await once(this.#server, 'exit');
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  await once(server.close(), 'close');
  return port;
}
