export type * from './control-store.ts';
export { NobodyThereError } from './control-store-errors.ts';
export { InvalidControlValueError, maxKeyBytes, maxValueBytes } from './control-store-limits.ts';
export { MemoryControlStore, type MemoryControlStoreOptions } from './memory/memory-control-store.ts';
export { NatsControlStore, type NatsControlStoreOptions } from './nats/nats-control-store.ts';
export { NatsServer, type NatsServerOptions } from './nats/nats-server.ts';
export { NatsServerError } from './nats/server-failure.ts';
export type * from './records.ts';
