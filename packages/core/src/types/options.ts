import type { ResourceMap } from '../resources.ts';

/** A class of errors, as listed in `retryExceptions`. */
export type ErrorClass = abstract new (...args: never[]) => Error;

/** Label names with the value, or any of the values, that is wanted. */
export type LabelSelector = Readonly<Record<string, string | readonly string[]>>;

/** What a task, an actor or a node offers or needs. */
export interface ResourceOptions {
  /** CPUs; fractions are allowed. */
  readonly numCpus?: number;
  /** GPUs; fractions below 1 and whole numbers are allowed. */
  readonly numGpus?: number;
  /** Bytes of memory. Counted for scheduling, not enforced. */
  readonly memory?: number;
  /** Further resources by name, such as `{ tpu: 1 }`. */
  readonly resources?: ResourceMap;
}

/** What workers are started with beyond the program itself. */
export interface RuntimeEnv {
  /** URL or path of a module that every worker imports before anything else, for instance to fill the `container`. */
  readonly setup?: string;
  /** Environment variables. */
  readonly env?: Readonly<Record<string, string>>;
  /** Limits of the thread's JavaScript engine, in MB. */
  readonly resourceLimits?: ResourceLimits;
}

/** As in `new Worker(…, { resourceLimits })`, in MB. */
export interface ResourceLimits {
  readonly maxOldGenerationSizeMb?: number;
  readonly maxYoungGenerationSizeMb?: number;
  readonly codeRangeSizeMb?: number;
  readonly stackSizeMb?: number;
}

/** Where work should run. */
export type SchedulingStrategy =
  | 'DEFAULT'
  | 'SPREAD'
  | NodeAffinityStrategy
  | PlacementGroupStrategy
  | NodeLabelStrategy;

/** On this node; with `soft` elsewhere if it is gone. */
export interface NodeAffinityStrategy {
  readonly nodeId: string;
  readonly soft?: boolean;
}

/** Inside a placement group: in its bundle `bundleIndex`, or in whichever has room. */
export interface PlacementGroupStrategy {
  readonly placementGroup: { readonly id: string };
  /** -1, the default: any. */
  readonly bundleIndex?: number;
  /** Whether work submitted from inside goes to the same group. Default false. */
  readonly captureChildTasks?: boolean;
}

/** On nodes whose labels match: `hard` must, `soft` should. */
export interface NodeLabelStrategy {
  readonly labels: { readonly hard?: LabelSelector; readonly soft?: LabelSelector };
}

/** What tasks and actors have in common. */
export interface PlacedOptions extends ResourceOptions {
  readonly schedulingStrategy?: SchedulingStrategy;
  /** Only nodes with these labels qualify. */
  readonly labelSelector?: LabelSelector;
  readonly runtimeEnv?: RuntimeEnv;
}

/** Options of a remote function. A number in their place means `numCpus`, which is 1 unless said otherwise. */
export interface TaskOptions extends PlacedOptions {
  /** How it is called in logs, errors and the dashboard. Default: the function's name. */
  readonly name?: string;
  /** How many refs `.remote()` returns; above 1 the function returns a tuple of that length. Default 1. */
  readonly numReturns?: number;
  /** How often a task is run again after its worker or node died; -1: endless. Default 3. */
  readonly maxRetries?: number;
  /** Whether a task that threw counts as well: always, or for errors of these classes. Default false. */
  readonly retryExceptions?: boolean | readonly ErrorClass[];
  /** Milliseconds from its start after which a task fails with `TaskTimeoutError`. */
  readonly timeout?: number;
  /** A worker is replaced after so many calls, for functions that leak; 0, the default: never. */
  readonly maxCalls?: number;
  /** How many items of a generator may wait to be consumed before it is paused. Default 64. */
  readonly streamBuffer?: number;
}

/**
 * Options of a remote class. A number in their place means `numCpus`. With any resource named the actor holds them for
 * life (and `numCpus` defaults to 1); with none it takes 1 CPU while a method executes.
 */
export interface ActorOptions extends PlacedOptions {
  /** Under which `getActor` finds it. */
  readonly name?: string;
  /** Where the name lives. Default: the session's. */
  readonly namespace?: string;
  /** Return the actor of this `name` if there is one. Default false. */
  readonly getIfExists?: boolean;
  /** Lives on after its creator ended, until it is killed. */
  readonly lifetime?: 'detached';
  /** How often it is started again after it died; -1: endless. Default 0. */
  readonly maxRestarts?: number;
  /** How often a call is sent again after the actor died during it; -1: endless. Default 0. */
  readonly maxTaskRetries?: number;
  /** How many calls may run at once. Default 1. */
  readonly maxConcurrency?: number;
  /** How many calls may run at once in each group; methods join one by their `concurrencyGroup`. */
  readonly concurrencyGroups?: Readonly<Record<string, number>>;
  /** More unfinished calls of one caller throw `PendingCallsLimitError`; -1, the default: no limit. */
  readonly maxPendingCalls?: number;
  /** An own thread, whatever `maxActorThreads` says. Default false. */
  readonly isolated?: boolean;
}

/** Options of one method of an actor. A number in their place means `numCpus`. */
export interface MethodOptions {
  /** CPUs the method takes while it executes, in an actor that holds none for life. Default 1. */
  readonly numCpus?: number;
  readonly numReturns?: number;
  /** One of the actor's `concurrencyGroups`. */
  readonly concurrencyGroup?: string;
  readonly maxTaskRetries?: number;
  readonly retryExceptions?: boolean | readonly ErrorClass[];
  /** Milliseconds from its start after which a call fails with `TaskTimeoutError`. */
  readonly timeout?: number;
  readonly streamBuffer?: number;
}

/** Where a definition lives, for callers that cannot be seen on the stack. */
export interface ModuleOption {
  /** `import.meta.url` of the module that defines the function or class. */
  readonly module?: string;
}

/** What `@remote(…)` takes on whatever it decorates; which of them are allowed follows from that. */
export interface RemoteOptions<N extends number = number>
  extends TaskOptions,
    ActorOptions,
    MethodOptions,
    ModuleOption {
  readonly numReturns?: N;
}

/** Options of `init`. */
export interface InitOptions extends ResourceOptions {
  /** `host:port`, `nats://…`, `auto` or `local`. Default: `AKTIS_ADDRESS`, else local. */
  readonly address?: string;
  /** Labels of this node. */
  readonly labels?: Readonly<Record<string, string>>;
  /** Bytes of objects kept in memory before the least recently used go to disk. Default: 30 % of the machine's. */
  readonly objectStoreMemory?: number;
  /** From this many on actors share threads. Default: `max(16, 4 × CPUs)`. */
  readonly maxActorThreads?: number;
  /** Where names of actors live. Default: one of its own for each driver. */
  readonly namespace?: string;
  /** Default true. */
  readonly includeDashboard?: boolean;
  readonly dashboardHost?: string;
  readonly dashboardPort?: number;
  /** Keep on disk what happens, so that it can be looked at when the session is over. Default: `AKTIS_HISTORY=1`. */
  readonly history?: boolean | HistoryOptions;
  /** Whether what workers print appears here. Default true. */
  readonly logToDriver?: boolean;
  /**
   * `json`: what workers print, and warnings, as lines of JSON with level, time, message, and the ids of job, node, worker,
   * task and actor. Default: `AKTIS_LOG_FORMAT`, else `text`.
   */
  readonly logFormat?: 'text' | 'json';
  readonly runtimeEnv?: RuntimeEnv;
  /** `inline` runs everything in this thread, for debugging and unit tests. Default `threads`. */
  readonly transport?: 'threads' | 'inline';
  /** The cluster's secret. Default: `AKTIS_TOKEN`, else what `aktis start` left for this user. */
  readonly token?: string;
  /** Its abortion ends the session. */
  readonly signal?: AbortSignal;
  /** A second `init` returns the session there is. Default false. */
  readonly ignoreReinitError?: boolean;
}

/** Where and for how long what happened in sessions is kept. */
export interface HistoryOptions {
  /** A folder that belongs to this user alone. Default: `history` in `AKTIS_HOME`, which is `~/.aktis`. */
  readonly directory?: string;
  /** After so many days a session that is over is forgotten. Default 7. */
  readonly days?: number;
  /** Of all sessions in the folder together: the oldest go first, then the oldest tasks of this one. Default 512 MiB. */
  readonly maxBytes?: number;
}

/** Options of `get`. */
export interface GetOptions {
  /** Milliseconds, after which it rejects with `GetTimeoutError`; 0: only what is there already. Default: no limit. */
  readonly timeout?: number;
  /** Its abortion rejects with its reason; the work itself goes on. */
  readonly signal?: AbortSignal;
  /** Your own copy also of large buffers, to be written to. Default false. */
  readonly copy?: boolean;
  /** Shows on stderr under this label how many of the values are there. */
  readonly progress?: string;
}

/** Options of `wait`. */
export interface WaitOptions {
  /** How many refs must be ready. Default 1. */
  readonly numReturns?: number;
  /** Milliseconds, after which it returns what is ready by then. Default: no limit. */
  readonly timeout?: number;
  /** Whether a value must be on this node to count as ready. Default true. */
  readonly fetchLocal?: boolean;
}

/** Options of `cancel`. */
export interface CancelOptions {
  /** Do not wait for the task to end by itself. Default false. */
  readonly force?: boolean;
  /** Also cancel what the task submitted. Default true. */
  readonly recursive?: boolean;
  /** Milliseconds the task has to end after its `signal` aborted. Default 1000. */
  readonly grace?: number;
}

/** Options of `kill`. */
export interface KillOptions {
  /** Whether `maxRestarts` no longer counts. Default true. */
  readonly noRestart?: boolean;
}

/** Options of `getActor`. */
export interface GetActorOptions {
  /** Default: the session's. */
  readonly namespace?: string;
}

/** Options of `placementGroup`. */
export interface PlacementGroupOptions {
  /** Default `PACK`. */
  readonly strategy?: PlacementStrategy;
  readonly name?: string;
  /** Lives until it is removed, also when its driver and the nodes end that have to do with it. */
  readonly lifetime?: 'detached';
}

/** How bundles are laid over nodes. */
export type PlacementStrategy = 'PACK' | 'SPREAD' | 'STRICT_PACK' | 'STRICT_SPREAD';
