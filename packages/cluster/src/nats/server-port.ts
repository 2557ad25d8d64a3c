import { createServer } from 'node:net';
import { NatsServerError } from './server-failure.ts';
import { sayHello } from './server-handshake.ts';

/** Throws a readable error unless the server can listen there. */
export async function checkPort(host: string, port: number): Promise<void> {
  const code = await tryToListen(host, Math.max(0, port));
  if (code === undefined) return;
  if (code === 'EADDRINUSE') throw await portInUse(host, port);
  if (code === 'EACCES') {
    throw new NatsServerError(`port ${port} needs rights this user has not; choose one above 1023 with --port`);
  }
  if (code === 'EADDRNOTAVAIL') {
    throw new NatsServerError(`${host} is no address of this machine; choose another with --host`);
  }
  throw new NatsServerError(
    `the head cannot listen on ${host}:${port} (${code}); choose another with --host and --port`,
  );
}

/** The error that says who has the port. */
export async function portInUse(host: string, port: number): Promise<NatsServerError> {
  const reception = await sayHello(host, port, undefined, 300);
  const nats = reception === 'in' || reception === 'refused';
  const redis = port === 6379 ? ' (a Redis server also uses 6379)' : '';
  const who = nats ? 'a NATS server, perhaps of another Aktis head' : `another program${redis}`;
  return new NatsServerError(`port ${port} on ${host} is in use by ${who}; choose another with --port`);
}

function tryToListen(host: string, port: number): Promise<string | undefined> {
  return new Promise(resolve => {
    const server = createServer();
    server.once('error', error => resolve((error as NodeJS.ErrnoException).code ?? error.message));
    server.listen({ host, port, exclusive: true }, () => server.close(() => resolve(undefined)));
  });
}
