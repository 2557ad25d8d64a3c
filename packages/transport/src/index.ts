import { superJsonPath } from './codec/rich/superjson-path.ts';
import { useRichPath } from './codec/rich-path.ts';

// A program's own thread must encode any value at once; a worker's boot code takes `@aktis/transport/worker` instead.
useRichPath(superJsonPath);

export { HostThread, type HostThreadOptions, type RemoteControl } from './threads/host-thread.ts';
export type { ThreadExit } from './threads/thread-exit.ts';
export { ThreadLink, type ThreadLinkOptions } from './threads/thread-link.ts';
export type { ThreadStatistics } from './threads/thread-statistics.ts';
export { trafficMemory } from './threads/traffic.ts';
export * from './worker.ts';
