import { connect } from 'node:net';

/**
 * Resolves with the first of the servers (`host:port`) that greets as a NATS server does; rejects with why none did, at the latest
 * after `timeout` ms. The client would leave a connection behind to whoever never says a word.
 */
export async function greetingFromAny(servers: readonly string[], timeout: number): Promise<string> {
  const attempts = servers.map(server => greeting(server, timeout));
  try {
    return await Promise.any(attempts.map(({ greeted }, i) => greeted.then(() => servers[i] as string)));
  } catch (error) {
    const reasons = (error as AggregateError).errors.map(({ message }: Error) => message);
    // Without a cause: a refused connection has no more to tell, and users see this error as one.
    throw new Error([...new Set(reasons)].join(', '));
  } finally {
    for (const { end } of attempts) end();
  }
}

/** Whether a NATS server greets there. */
export async function greets(server: string, timeout: number): Promise<boolean> {
  return greetingFromAny([server], timeout).then(
    () => true,
    () => false,
  );
}

function greeting(server: string, timeout: number): { greeted: Promise<void>; end: () => void } {
  const { hostname, port } = new URL(`nats://${server}`);
  const socket = connect({ host: hostname.replace(/^\[|\]$/g, ''), port: Number(port) });
  const greeted = new Promise<void>((resolve, reject) => {
    let text = '';
    const timer = setTimeout(() => reject(new Error('no answer in time')), timeout);
    socket.on('error', (error: NodeJS.ErrnoException) => reject(new Error(reasonOf(error), { cause: error })));
    socket.on('close', () => {
      clearTimeout(timer);
      reject(new Error('the connection was closed at once'));
    });
    socket.on('data', data => {
      text += data.toString('latin1');
      if (text.startsWith('INFO ')) resolve();
      else if (text.length >= 5) reject(new Error('what listens there is no Aktis head and no NATS server'));
    });
  });
  return { greeted, end: () => socket.destroy() };
}

function reasonOf(error: NodeJS.ErrnoException): string {
  switch (error.code) {
    case 'ECONNREFUSED':
      return 'connection refused';
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return 'the name is not known';
    default:
      return error.message;
  }
}
