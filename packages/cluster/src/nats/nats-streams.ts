import {
  AckPolicy,
  DeliverPolicy,
  DiscardPolicy,
  RetentionPolicy,
  StorageType,
  type StreamConfig,
} from '@nats-io/jetstream';
import { nanos } from '@nats-io/transport-node';
import type { NatsConnection } from './nats-connection.ts';
import { isStreamMissing, isStreamTaken } from './nats-failures.ts';

/** A retry within this time is recognised and not done twice. */
const DUPLICATE_WINDOW = 120_000;

/**
 * A stream that keeps the newest message of each key, laid out as NATS' own key-value buckets are: `nats kv` reads it.
 * Written without their client, because that can neither name a write (so that a retry is not done twice) nor take up
 * a watch after the store was lost and made anew.
 */
export interface Bucket {
  readonly stream: string;
  /** What keys are appended to. */
  readonly prefix: string;
  /** In ms. */
  readonly ttl?: number;
}

export function bucket(name: string, ttl?: number): Bucket {
  const named = { stream: `KV_${name}`, prefix: `$KV.${name}.` };
  return ttl === undefined ? named : { ...named, ttl };
}

/** Creates the stream of `bucket` unless it is there, and gives it the copies and the time limit it should have. */
export async function ensureStream(connection: NatsConnection, bucket: Bucket, replicas?: number): Promise<void> {
  const { manager } = connection;
  const age = bucket.ttl === undefined ? 0 : nanos(bucket.ttl);
  const wanted = {
    max_age: age,
    duplicate_window: Math.min(nanos(DUPLICATE_WINDOW), age || Number.POSITIVE_INFINITY),
  };
  try {
    const { config } = await manager.streams.info(bucket.stream);
    const copies = Math.max(config.num_replicas, replicas ?? 1);
    if (config.num_replicas === copies && config.max_age === age) return;
    await manager.streams.update(bucket.stream, { ...wanted, num_replicas: copies });
  } catch (error) {
    if (!isStreamMissing(error)) throw error;
    await create();
  }

  async function create(): Promise<void> {
    const config: Partial<StreamConfig> & { name: string } = {
      name: bucket.stream,
      subjects: [`${bucket.prefix}>`],
      retention: RetentionPolicy.Limits,
      // Memory does not survive a restart of the server, and is not faster.
      storage: StorageType.File,
      discard: DiscardPolicy.New,
      max_msgs_per_subject: 1,
      allow_rollup_hdrs: true,
      deny_delete: true,
      // Copies that lag behind must not answer: a read sees every write that was acknowledged before it.
      allow_direct: false,
      num_replicas: replicas ?? usualReplicas(connection),
      ...wanted,
    };
    try {
      await manager.streams.add(config);
    } catch (error) {
      // Two clients came at the same time; if there is no stream then, something else is wrong.
      if (!isStreamTaken(error)) throw error;
      await manager.streams.info(bucket.stream).catch(() => {
        throw error;
      });
    }
  }
}

/** Three servers of a cluster keep three copies; they know of each other. */
function usualReplicas({ client }: NatsConnection): 1 | 3 {
  const { cluster, connect_urls: urls = [] } = client.info ?? {};
  return cluster !== undefined && urls.length >= 3 ? 3 : 1;
}

/** What a watch asks the server for: the newest of each key below `filter`, and then all that comes. */
export function watchConsumer(name: string, filter: string, inbox: string, heartbeat: number) {
  return {
    name,
    deliver_subject: inbox,
    deliver_policy: DeliverPolicy.LastPerSubject,
    ack_policy: AckPolicy.None,
    filter_subject: filter,
    idle_heartbeat: nanos(heartbeat),
    mem_storage: true,
    num_replicas: 1,
  };
}
