import type { Payload } from '@aktis/transport';

/**
 * Every message between a node's hub and one of its workers: the map of the system.
 *
 * A message is a tuple, so that a link can lay a batch of them flat into one array. Four words recur:
 * - `slot`: a cell number in the thread's {@link ./claim-ring.ts | claim ring}. It names one piece of work from the
 *   moment it is sent until its answer (`Done`, `Failed` or `Skipped`) came back.
 * - `callable`: the sender's number for a function or class with its options, introduced once per link by `Define`.
 * - `id`: the number of an object, task or actor within its node; a task's id is the id of its first result.
 * - `dependencies`: `[position, id, …]` of arguments that are refs; `resolved`: `[position, payload, …]` of their values.
 *   Positions are those of `references.ts`.
 */
export const Op = {
  // both ways
  Define: 1,
  Trace: 2,
  // node to worker
  Run: 10,
  Create: 11,
  Call: 12,
  StopActor: 13,
  Abort: 14,
  Values: 15,
  Failure: 16,
  Answer: 17,
  Consumed: 18,
  Collect: 19,
  // worker to node
  Ready: 40,
  Started: 41,
  Done: 42,
  Failed: 43,
  Skipped: 44,
  Yield: 45,
  Submit: 46,
  CreateActor: 47,
  CallActor: 48,
  Put: 49,
  Get: 50,
  Forget: 51,
  Blocked: 52,
  Suspended: 53,
  Ask: 54,
  Release: 55,
  ActorStopped: 56,
  Log: 57,
  Metric: 58,
  Loading: 59,
} as const;

/** `[position, id, position, id, …]` */
export type Dependencies = readonly number[];
/** `[position, payload, position, payload, …]` */
export type Resolved = readonly (number | Payload)[];
/** A failure on the wire: the encoded error, whether user code threw it, and where (JSON of a `FailureOrigin`). */
export type WireFailure = readonly [error: Payload, thrown: 0 | 1, origin: string];

// ── both ways ──────────────────────────────────────────────────────────────────────────────────────────────────────

/** Introduces a callable, before the first message that mentions it. No answer. */
export type Define = readonly [op: typeof Op.Define, callable: number, key: string, options: string];

/** The task or actor `id`, of which the next message tells, belongs to a trace: a `traceparent` header. No answer. */
export type Trace = readonly [op: typeof Op.Trace, id: number, traceparent: string];

// ── node to worker ─────────────────────────────────────────────────────────────────────────────────────────────────

/**
 * Run a task. Tasks of one lane run one after the other, lanes interleave. Answered by `Done`, `Failed` or `Skipped`;
 * before that by `Started` if asked for (`watched`), and by `Yield`s when the function is a generator.
 */
export type Run = readonly [
  op: typeof Op.Run,
  slot: number,
  lane: number,
  id: number,
  callable: number,
  args: Payload,
  resolved: Resolved | null,
  watched: 0 | 1,
];

/** Construct an actor. Answered by `Done` (no value) or `Failed`. `facts`: JSON of an `ActorFacts`. */
export type Create = readonly [
  op: typeof Op.Create,
  slot: number,
  actor: number,
  callable: number,
  args: Payload,
  resolved: Resolved | null,
  facts: string,
];

/** Put a call into an actor's mailbox. Answered like `Run`. `options`: JSON of the call's method options, or ''. */
export type Call = readonly [
  op: typeof Op.Call,
  slot: number,
  actor: number,
  id: number,
  method: string,
  args: Payload,
  resolved: Resolved | null,
  options: string,
  watched: 0 | 1,
];

/**
 * Forget the actor: its last handle is gone or the session ends (`kill` 0: run `onStop`, answer with `ActorStopped`), or
 * it was killed (`kill` 1: no answer).
 */
export type StopActor = readonly [op: typeof Op.StopActor, actor: number, kill: 0 | 1];

/** The work in this slot was cancelled or timed out: abort its signal. Its answer is still awaited, and ignored. */
export type Abort = readonly [op: typeof Op.Abort, slot: number, reason: string];

/** Answers `Get`: the values, in order. */
export type Values = readonly [op: typeof Op.Values, request: number, payloads: readonly Payload[]];

/** Answers `Get`: one of the objects failed. */
export type FailureMessage = readonly [op: typeof Op.Failure, request: number, failure: WireFailure];

/** Answers `Ask`. `ok` 0: the payload is an error. */
export type Answer = readonly [op: typeof Op.Answer, request: number, ok: 0 | 1, payload: Payload];

/** The consumer of a stream took items up to `count` in all: the producer may go on. */
export type Consumed = readonly [op: typeof Op.Consumed, slot: number, count: number];

/** The object store is full: look which handles are garbage. Answered by `Release`, if there are any. */
export type Collect = readonly [op: typeof Op.Collect];

// ── worker to node ─────────────────────────────────────────────────────────────────────────────────────────────────

/** The worker can take work. */
export type Ready = readonly [op: typeof Op.Ready, bootMilliseconds: number];

/** A watched task is about to enter user code: its time limit starts. */
export type Started = readonly [op: typeof Op.Started, slot: number];

/** The work ended well. Times in microseconds, `start` since the epoch. `value`: one payload, or one per return. */
export type Done = readonly [
  op: typeof Op.Done,
  slot: number,
  start: number,
  duration: number,
  value: Payload | readonly Payload[],
];

/** The work threw. `classes`: the names of the error's class chain, for `retryExceptions`. `ran` 0: user code never began. */
export type Failed = readonly [
  op: typeof Op.Failed,
  slot: number,
  start: number,
  duration: number,
  error: Payload,
  classes: string,
  ran: 0 | 1,
];

/** The work had been revoked before it started: the slot is free again. */
export type Skipped = readonly [op: typeof Op.Skipped, slot: number];

/** A generator produced an item. What it throws comes as `Failed` and is the last item. */
export type Yield = readonly [op: typeof Op.Yield, slot: number, value: Payload];

/** User code in `caller`'s slot (-1: outside of any) called a remote function. */
export type Submit = readonly [
  op: typeof Op.Submit,
  caller: number,
  id: number,
  callable: number,
  args: Payload,
  dependencies: Dependencies | null,
];

/** User code created an actor. */
export type CreateActor = readonly [
  op: typeof Op.CreateActor,
  caller: number,
  actor: number,
  callable: number,
  args: Payload,
  dependencies: Dependencies | null,
  methods: string,
];

/** User code called an actor. `options`: JSON of the call's method options, or ''. */
export type CallActor = readonly [
  op: typeof Op.CallActor,
  caller: number,
  id: number,
  actor: number,
  method: string,
  args: Payload,
  dependencies: Dependencies | null,
  options: string,
];

/** User code put a value. */
export type Put = readonly [op: typeof Op.Put, id: number, value: Payload];

/**
 * User code waits for objects. `ready` = `ids.length` and `values` 1 for `get`, fewer and 0 for `wait`. Answered by
 * `Values` or `Failure` (`get`), `Answer` with the indices of the ready ones (`wait`). `endless` 0: it has a time limit.
 * `fetch`: `wait` counts what is on this node, and what is elsewhere is brought.
 */
export type Get = readonly [
  op: typeof Op.Get,
  request: number,
  caller: number,
  ids: readonly number[],
  ready: number,
  values: 0 | 1,
  endless: 0 | 1,
  fetch: 0 | 1,
];

/** The waiting `Get` or `Ask` is no longer wanted (time limit or abort signal). */
export type Forget = readonly [op: typeof Op.Forget, request: number];

/** The work in this slot went on for a moment and now waits in an earlier `Get` again. */
export type Blocked = readonly [op: typeof Op.Blocked, slot: number];

/** Every actor call this thread received (`received` of them so far) has ended or is suspended in an `await`. */
export type Suspended = readonly [op: typeof Op.Suspended, received: number];

/** Any rarer question, by name; see `questions.ts`. Answered by `Answer`. */
export type Ask = readonly [op: typeof Op.Ask, request: number, caller: number, question: string, value: Payload];

/** The worker's handles on these are gone: `[id, how many, id, how many, …]`. */
export type Release = readonly [op: typeof Op.Release, counts: readonly number[]];

/** The actor has ended: by `exitActor` (`asked` 0) or as `StopActor` asked. Nothing more is run for it. */
export type ActorStopped = readonly [op: typeof Op.ActorStopped, actor: number, asked: 0 | 1];

/** User code printed; `name`: the task or actor whose code it is. `slot` -1, `id` 0: code of neither. */
export type Log = readonly [
  op: typeof Op.Log,
  name: string,
  stream: 1 | 2,
  text: string,
  slot: number,
  id: number,
  actor: number,
];

/** A change of one of the user's metrics: JSON of a `MetricRecord`. */
export type Metric = readonly [op: typeof Op.Metric, record: string];

/** The worker begins (`key`) or has ended ('') to load the module of a definition; user code runs at its top level. */
export type Loading = readonly [op: typeof Op.Loading, key: string];

export type ToWorker =
  | Define
  | Trace
  | Run
  | Create
  | Call
  | StopActor
  | Abort
  | Values
  | FailureMessage
  | Answer
  | Consumed
  | Collect;

export type ToNode =
  | Define
  | Trace
  | Ready
  | Started
  | Done
  | Failed
  | Skipped
  | Yield
  | Submit
  | CreateActor
  | CallActor
  | Put
  | Get
  | Forget
  | Blocked
  | Suspended
  | Ask
  | Release
  | ActorStopped
  | Log
  | Metric
  | Loading;
