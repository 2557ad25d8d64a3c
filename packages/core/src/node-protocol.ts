import type { Payload } from '@aktis/transport';
import type { WireFailure } from './protocol.ts';

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
