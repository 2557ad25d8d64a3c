import { setTimeout } from 'node:timers/promises';
import { AuthenticationError } from '@aktis/core';
import { NatsConnection } from '../nats/nats-connection.ts';
import type { Certificate } from '../session/certificate.ts';

/** By requests of NATS itself: they work before there are tables, and while fewer than two of three servers are up. */
const SUBJECT = 'aktis.control.authority';
const ANSWER_LIMIT_MS = 3_000;
const RETRY_MS = 500;

/** Gives other control servers what signs certificates. Who asks has the token, and may run code everywhere anyway. */
export async function serveAuthority(url: string, token: string, authority: Certificate): Promise<NatsConnection> {
  const connection = await NatsConnection.open({
    servers: url,
    token,
    name: 'authority',
    tls: { ca: authority.cert },
    keepsProcessAlive: false,
  });
  connection.client.subscribe(SUBJECT, {
    queue: 'aktis',
    callback: (error, question) => {
      if (error === null) question.respond(JSON.stringify(authority));
    },
  });
  return connection;
}

/** Asks one of `servers` until one answers, or `limit` ms are over. `waiting` is told why none has yet. */
export async function askForAuthority(
  servers: readonly string[],
  token: string,
  ca: string,
  limit: number,
  waiting: (reason: string) => void,
): Promise<Certificate> {
  for (const end = performance.now() + limit; ; ) {
    let connection: NatsConnection | undefined;
    try {
      connection = await NatsConnection.open({ servers: urls(servers), token, name: 'newcomer', tls: { ca } });
      const answer = await connection.client.request(SUBJECT, '', { timeout: ANSWER_LIMIT_MS });
      return JSON.parse(answer.string()) as Certificate;
    } catch (error) {
      if (error instanceof AuthenticationError || performance.now() > end) throw error;
      waiting((error as Error).message);
    } finally {
      await connection?.close();
    }
    await setTimeout(RETRY_MS);
  }
}

function urls(servers: readonly string[]): string[] {
  return servers.map(server => `tls://${server}`);
}
