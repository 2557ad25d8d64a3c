import type { Payload } from '@aktis/transport';

/**
 * Every message between two runtimes: the map of the system. One side is a node's hub, the other one of its workers.
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

// ── node to node ───────────────────────────────────────────────────────────────────────────────────────────────────

/**
 * Between two nodes. The **owner** of a task or object is the node that made its ref; the **host** runs a task for it.
 * - `run`: the owner's number for one task it has given to this host.
 * - A reference inside a payload is `[kind, id at the sender, owner's node id or '' for the sender, id at the owner, …]`.
 * - An **outcome** says how an object stands: see {@link Outcome}.
 */
export const NodeOp = {
  Job: 70,
  Define: 71,
  Execute: 72,
  CancelRun: 73,
  Done: 74,
  Failed: 75,
  Yield: 76,
  Consumed: 77,
  TakeBack: 78,
  Returned: 79,
  Watch: 80,
  Settled: 81,
  Release: 82,
  Borrow: 83,
  Borrowed: 84,
  Drop: 85,
  Lost: 86,
  Fetch: 87,
  Content: 88,
  Chunk: 89,
  Ask: 90,
  Answer: 91,
  Log: 92,
  HostActor: 93,
  ActorState: 94,
  StopActor: 95,
  CallActor: 96,
  Locate: 97,
  Located: 98,
  Origin: 99,
  CreateGroup: 100,
  FollowGroup: 101,
  GroupPlaces: 102,
  Reserve: 103,
  Reserved: 104,
  SettleBundles: 105,
  Copied: 106,
  Sources: 107,
  Has: 108,
} as const;

/** `[0, payload]`: its value. `[1, bytes, nodes]`: it lies on these. `[2, …WireFailure]`: it failed. */
export type Outcome =
  | readonly [kind: 0, payload: Payload]
  | readonly [kind: 1, bytes: number, nodes: readonly string[]]
  | readonly [kind: 2, error: Payload, thrown: 0 | 1, origin: string];

/** `[position, id at the sender, owner, id at the owner, outcome, position, …]` */
export type NodeDependencies = readonly (number | string | Outcome | null)[];

/** Introduces a job before the first callable of it; `facts`: JSON of a `Job`, with the hash of its bundle. No answer. */
export type NodeJob = readonly [op: typeof NodeOp.Job, job: string, facts: string];

/** Introduces a callable, before the first message that mentions it. No answer. */
export type NodeDefine = readonly [
  op: typeof NodeOp.Define,
  callable: number,
  key: string,
  options: string,
  job: string,
];

/**
 * Owner to host: run this task. `id`: of its first result at the owner. `ifRoom`: there was to be room for it; if there is none, it
 * is better given back than kept waiting. Answered by `Yield`s, then `Done` or `Failed`; or by `Returned`.
 */
export type Execute = readonly [
  op: typeof NodeOp.Execute,
  run: number,
  callable: number,
  id: number,
  retries: number,
  args: Payload,
  dependencies: NodeDependencies | null,
  ifRoom?: 1,
];

/**
 * Owner to host: where the run comes from of which the next message tells. `parent`: the task whose code submitted it; `trace`:
 * the `traceparent` header of its trace; each '' when there is none. No answer.
 */
export type NodeOrigin = readonly [op: typeof NodeOp.Origin, run: number, parent: string, trace: string];

/** Owner to host: the task was cancelled; its end is not awaited any more. `settings`: JSON of `CancelSettings`. */
export type CancelRun = readonly [op: typeof NodeOp.CancelRun, run: number, settings: string];

/**
 * Host to owner: the outcomes of its results; a string is the whole payload of the only one. `duration`: microseconds runs of
 * this function take there.
 */
export type NodeDone = readonly [
  op: typeof NodeOp.Done,
  run: number,
  duration: number,
  outcomes: string | readonly Outcome[],
  /** Milliseconds from its coming to now, if they are many; the rest is the way. */
  stay?: number,
];

/** Host to owner: it failed, after all retries that were due there. */
export type NodeFailed = readonly [op: typeof NodeOp.Failed, run: number, failure: WireFailure];

/** Host to owner: an item of a stream. */
export type NodeYield = readonly [op: typeof NodeOp.Yield, run: number, payload: Payload];

/** Owner to host: the consumer took items up to `count` in all. */
export type NodeConsumed = readonly [op: typeof NodeOp.Consumed, run: number, count: number];

/** Owner to host: give this task back unless it has started. Answered by `Returned`, or, when it runs, in time by `Done` or `Failed`. */
export type TakeBack = readonly [op: typeof NodeOp.TakeBack, run: number];

/**
 * Host to owner: the task has not started, and is yours again (1; `available`: JSON of what is free here at this moment); or it stays,
 * because it is about to start (0).
 */
export type Returned = readonly [op: typeof NodeOp.Returned, run: number, isBack: 0 | 1, available?: string];

/** Borrower to owner: tell me by `Settled` how this object ends. */
export type Watch = readonly [op: typeof NodeOp.Watch, id: number];

/** Answers `Watch`, and `Lost`. */
export type Settled = readonly [op: typeof NodeOp.Settled, id: number, outcome: Outcome];

/** The handles I had been sent on these (by their ids at the receiver) are gone. */
export type NodeRelease = readonly [op: typeof NodeOp.Release, counts: readonly number[]];

/** Borrower to owner: node `via`, which holds this object of yours, has passed it to me. Answered by `Borrowed`. */
export type Borrow = readonly [op: typeof NodeOp.Borrow, id: number, via: string];

/** Owner to borrower: noted (1), or `via` does not hold it (0). */
export type Borrowed = readonly [op: typeof NodeOp.Borrowed, id: number, via: string, ok: 0 | 1];

/** Owner to host: the result you keep for me is not needed any more. */
export type Drop = readonly [op: typeof NodeOp.Drop, id: number];

/** Borrower to owner: none of the nodes you named has this object. Answered by `Settled` once it exists again. */
export type Lost = readonly [op: typeof NodeOp.Lost, id: number, nodes: readonly string[]];

/**
 * Send me bytes `from` to `to` (or to its end) of this object of `owner`'s, as {@link Chunk}s. `making`: of which copy; '': of
 * any, and {@link Content} first.
 */
export type Fetch = readonly [
  op: typeof NodeOp.Fetch,
  request: number,
  owner: string,
  id: number,
  from: number,
  to: number,
  making: string,
];

/**
 * Answers `Fetch`: the text and references, and how long each buffer is (negative: shared memory). A text that is long
 * comes in pieces, too: `text` is then null and the first of the lengths its own. Copies with the same `making` are the same
 * bytes. Or an error.
 */
export type Content = readonly [
  op: typeof NodeOp.Content,
  request: number,
  making: string,
  text: string | null,
  lengths: readonly number[],
  references: readonly unknown[] | null,
  error: Payload | null,
];

/** A piece of what `Fetch` asked for, in order; `at`: counted over text and buffers, as if they lay one behind the other. */
export type Chunk = readonly [op: typeof NodeOp.Chunk, request: number, at: number, bytes: Uint8Array];

/**
 * Borrower to owner: I have a copy of this object (2), or am about to have one (1, answered by `Sources`), or shall not (0).
 * Forgotten when the handles on it are released.
 */
export type Copied = readonly [op: typeof NodeOp.Copied, id: number, standing: 0 | 1 | 2];

/** Owner to borrower: these have it, or parts of it. */
export type Sources = readonly [op: typeof NodeOp.Sources, id: number, nodes: readonly string[]];

/**
 * Between nodes that bring the same object: I have these ranges of it (null: all). Answered likewise by who has not heard from
 * the sender before.
 */
export type Has = readonly [
  op: typeof NodeOp.Has,
  owner: string,
  id: number,
  making: string,
  ranges: readonly number[] | null,
];

/** Asks the node itself, as a driver would; `value` and the answer are JSON. Answered by `Answer`. */
export type NodeAsk = readonly [op: typeof NodeOp.Ask, request: number, question: string, value: string];

export type NodeAnswer = readonly [op: typeof NodeOp.Answer, request: number, ok: 0 | 1, value: string];

/** What code of your job printed here. `by`: JSON of `PrintedBy`. */
export type NodeLog = readonly [op: typeof NodeOp.Log, by: string, stream: 1 | 2, text: string];

/**
 * Owner to host: construct this actor and keep it. `facts`: JSON of `HostedFacts`. Answered by `ActorState`s. With
 * `detached` the host becomes its owner.
 */
export type HostActor = readonly [
  op: typeof NodeOp.HostActor,
  actor: number,
  callable: number,
  args: Payload,
  dependencies: NodeDependencies | null,
  methods: string,
  facts: string,
  detached: 0 | 1,
];

/**
 * Host to owner: what has become of the actor. `adopted`: it is the host's now, who calls it `restartsLeft`.
 */
export type ActorStateMessage = readonly [
  op: typeof NodeOp.ActorState,
  actor: number,
  state: 'restarted' | 'dead' | 'adopted',
  restartsLeft: number,
  failure: WireFailure | null,
];

/** End this actor of `owner`'s ('': the sender's). `how`: 0 nobody needs it, 1 kill and restart, 2 kill. No answer. */
export type NodeStopActor = readonly [op: typeof NodeOp.StopActor, owner: string, actor: number, how: 0 | 1 | 2];

/** Caller to host: a call of this actor of `owner`'s ('': the sender's). `id`: of its first result at the caller. Answered like `Execute`. */
export type NodeCallActor = readonly [
  op: typeof NodeOp.CallActor,
  run: number,
  owner: string,
  actor: number,
  caller: number,
  id: number,
  retries: number,
  method: string,
  args: Payload,
  dependencies: NodeDependencies | null,
  options: string,
];

/** Borrower to owner: where does this actor live? Answered by `Located`, again whenever that changes. */
export type Locate = readonly [op: typeof NodeOp.Locate, actor: number];

/** It lives on `node` and may restart so often; or (failure) it is dead. */
export type Located = readonly [
  op: typeof NodeOp.Located,
  actor: number,
  node: string,
  restartsLeft: number,
  failure: WireFailure | null,
];

/** Create this placement group: you are its home. `bundles`, `options`: JSON. Whoever sends it follows the group. */
export type CreateGroup = readonly [op: typeof NodeOp.CreateGroup, group: string, bundles: string, options: string];

/**
 * To a group's home: where are its bundles? Answered by `GroupPlaces`, again whenever that changes. `held`: which of them the
 * sender has; the home may have heard of it otherwise, or be new.
 */
export type FollowGroup = readonly [op: typeof NodeOp.FollowGroup, group: string, held: readonly number[]];

/** Home to followers, and to the nodes that have bundles. `places`: JSON of `GroupPlacesFacts`. */
export type GroupPlaces = readonly [op: typeof NodeOp.GroupPlaces, group: string, places: string];

/** Home to host: reserve these bundles, all or none. `bundles`: JSON of `[index, resources]` pairs. Answered by `Reserved`. */
export type Reserve = readonly [op: typeof NodeOp.Reserve, group: string, round: number, name: string, bundles: string];

/** Host to home: they are reserved until you say more (1), or could not be in time (0). */
export type Reserved = readonly [op: typeof NodeOp.Reserved, group: string, round: number, isReserved: 0 | 1];

/** Home to host: what was reserved in this round belongs to the group (1), or is free again (0). No answer. */
export type SettleBundles = readonly [op: typeof NodeOp.SettleBundles, group: string, round: number, isKept: 0 | 1];

export type ToPeer =
  | NodeJob
  | NodeDefine
  | Execute
  | CancelRun
  | NodeDone
  | NodeFailed
  | NodeYield
  | NodeConsumed
  | TakeBack
  | Returned
  | Watch
  | Settled
  | NodeRelease
  | Borrow
  | Borrowed
  | Drop
  | Lost
  | Fetch
  | Content
  | Chunk
  | Copied
  | Sources
  | Has
  | NodeAsk
  | NodeOrigin
  | NodeAnswer
  | NodeLog
  | HostActor
  | ActorStateMessage
  | NodeStopActor
  | NodeCallActor
  | Locate
  | Located
  | CreateGroup
  | FollowGroup
  | GroupPlaces
  | Reserve
  | Reserved
  | SettleBundles;
