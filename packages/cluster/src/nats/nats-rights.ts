import { nuid, TimeoutError } from '@nats-io/transport-node';
import type { NatsConnection } from './nats-connection.ts';
import { isNobodyThere } from './nats-failures.ts';

const CHECK_LIMIT_MS = 2000;

/**
 * Whether the server keeps streams for this user; also true while that cannot be said. In a cluster of servers nobody may
 * answer for a while: then there is no leader.
 */
export async function hasJetStream({ client, manager }: NatsConnection): Promise<boolean> {
  const { jetstream = false, cluster } = client.info ?? {};
  if (cluster !== undefined) return true;
  if (!jetstream) return false;
  try {
    await manager.getAccountInfo();
    return true;
  } catch (error) {
    // One server has no elections: where it keeps streams for others and nobody answers, it keeps none for this account.
    return !isNobodyThere(error);
  }
}

/** Asks itself something, as nodes do among each other. Rejects when the server refuses that. */
export async function checkRights({ client }: NatsConnection, subject: string): Promise<void> {
  const place = `${subject}.${nuid.next()}`;
  let refusal: Error | undefined;
  const subscription = client.subscribe(place, {
    callback: (error, question) => {
      if (error === null) question.respond();
      else refusal = error;
    },
  });
  try {
    await client.request(place, '', { timeout: CHECK_LIMIT_MS });
  } catch (error) {
    // An answer that is late is no refusal.
    if (error instanceof TimeoutError) return;
    throw refusal ?? error;
  } finally {
    subscription.unsubscribe();
  }
}
