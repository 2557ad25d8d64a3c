import type { ResourceMap } from '../resources.ts';
import type { PlacementGroup } from './placement-group.ts';

/** What `init` returns. `await using session = await init()` shuts down at the end of the block. */
export interface Session extends AsyncDisposable {
  readonly nodeId: string;
  /** Where others join; `local` for a session of one machine. */
  readonly address: string;
  readonly dashboardUrl: string | undefined;
}

/** One record of `nodes()`. */
export interface NodeInfo {
  readonly nodeId: string;
  readonly name: string;
  /** A driver that joined offers no CPUs unless it asked for more. */
  readonly kind: 'node' | 'driver';
  readonly pid: number;
  readonly host: string;
  readonly address: string;
  readonly state: 'ALIVE' | 'DRAINING' | 'DEAD';
  readonly isHead: boolean;
  readonly resources: { readonly total: ResourceMap; readonly available: ResourceMap };
  readonly labels: Readonly<Record<string, string>>;
  /** ISO 8601. */
  readonly startedAt: string;
  /** While it drains, and when it left by that: why, and until when at the latest (ISO 8601). */
  readonly drain?: { readonly reason: string; readonly deadline: string };
  readonly deathReason?: string;
  /** ISO 8601. */
  readonly diedAt?: string;
}

/** What `memoryStats()` resolves to. */
export interface MemoryStats {
  readonly usedBytes: number;
  readonly limitBytes: number;
  readonly spilledBytes: number;
  readonly objects: number;
}

/** What `runtimeContext()` tells about the code that calls it; in a driver there is no task and no actor. */
export interface RuntimeContext {
  readonly jobId: string;
  readonly nodeId: string;
  readonly workerId: string | undefined;
  readonly taskId: string | undefined;
  readonly taskName: string | undefined;
  readonly actorId: string | undefined;
  readonly actorName: string | undefined;
  readonly namespace: string;
  /** `CPU`, `GPU`, `memory` and custom names. */
  readonly assignedResources: ResourceMap;
  /** Aborts when the task is cancelled or its time is up. */
  readonly signal: AbortSignal;
  /** The same for code that never returns to the event loop. */
  readonly isCancelled: boolean;
  /** Whether this actor died before and was started again. */
  readonly wasRestarted: boolean;
  /** The handle of the actor whose method runs; cast it to `ActorHandle<YourClass>`. */
  readonly currentActor: unknown;
  readonly nodeLabels: Readonly<Record<string, string>>;
  readonly placementGroup: PlacementGroup | undefined;
}
