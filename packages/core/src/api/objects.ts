import { currentRuntime, isLoadingModules, neverWhileLoading } from '../current-runtime.ts';
import { GetTimeoutError, InvalidOptionError } from '../errors.ts';
import { isObjectRef, isObjectRefStream, ObjectRef, type ObjectRefStream } from '../object-ref.ts';
import { getOptions, waitOptions } from '../options/index.ts';
import type { GetSettings, Runtime } from '../runtime.ts';
import { limitedSignal } from '../time-limit.ts';
import type { Get, GetOptions, Put, WaitOptions } from '../types.ts';
import { atCaller, checkedFor } from './at-caller.ts';

/**
 * The value of a ref, or the values of several in order. Rejects as soon as one failed; with `GetTimeoutError` when the
 * time is up. Inside a task, its CPU is free for others meanwhile.
 *
 * @example
 * const [sum, text] = await get([add.remote(1, 2), greet.remote('you')]);
 */
export const get = (async (what: unknown, options?: GetOptions): Promise<unknown> => {
  const settings = checkedFor(get, getOptions, options);
  settings.signal?.throwIfAborted();
  if (isLoadingModules()) return neverWhileLoading();
  if (isObjectRefStream(what)) return getStream(what, settings);
  if (isObjectRef(what)) return (await runtimeOf(what).get([what], settings))[0];
  const refs = checkedFor(get, refsForGet, what);
  if (refs.some(isObjectRefStream)) {
    return Promise.all(refs.map(ref => (isObjectRefStream(ref) ? getStream(ref, settings) : get(ref, options))));
  }
  const first = refs[0];
  return first === undefined ? [] : runtimeOf(first).get(refs, settings);
}) as Get;

/** What an earlier `get` of a stream had collected when its time was up: the next goes on from there. */
const collected = new WeakMap<ObjectRefStream, ObjectRef[]>();

async function getStream(stream: ObjectRefStream, settings: GetSettings): Promise<unknown[]> {
  const refs = collected.get(stream) ?? [];
  collected.set(stream, refs);
  const { timeout, copy, progress } = settings;
  const late = () => new GetTimeoutError(`The stream had not ended after ${timeout} ms; ${refs.length} items had come`);
  const { signal, clear } = limitedSignal(timeout, settings.signal, late);
  try {
    for (;;) {
      const ref = await stream.home.streamItem(stream, refs.length, signal);
      if (ref === undefined) break;
      refs.push(ref);
      // Before the next one, so that a failure is not preceded by a wait for what comes after it.
      await ref.home.get([ref], { timeout: -1, signal, copy: false, progress: undefined });
    }
    collected.delete(stream);
    return await stream.home.get(refs, { timeout: -1, signal, copy, progress });
  } finally {
    clear();
  }
}

/**
 * Stores an immutable copy of `value` and returns a ref to it at once.
 *
 * @throws SerializationError when the value cannot travel; TypeError when it is a ref already.
 */
export const put: Put = <T>(value: T): ObjectRef<T> => {
  checkedFor(put as (value: T) => unknown, refuseRef, value);
  if (isLoadingModules()) return inertRef() as ObjectRef<T>;
  const runtime = currentRuntime();
  try {
    return runtime.put(value) as ObjectRef<T>;
  } catch (error) {
    throw atCaller(error, put);
  }
};

function refuseRef(value: unknown): void {
  if (isObjectRef(value)) {
    throw new TypeError('put() was given an ObjectRef: it names a stored object already, use it as it is');
  }
}

/**
 * Splits `refs` into those that are ready (at most `numReturns`, a failed one is ready) and the rest, both in input order,
 * as soon as enough are or the time is up.
 */
export async function wait<R extends ObjectRef>(
  refs: readonly R[],
  options?: WaitOptions,
): Promise<[ready: R[], pending: R[]]> {
  const valid = checkedFor(wait, waitOptions, options);
  const list = checkedFor(wait, refsForWait, refs);
  const first = list[0];
  if (first === undefined) return [[], []];
  const count = valid.numReturns;
  if (count > list.length) {
    const message = `wait() was asked for numReturns: ${count} of ${list.length} refs; ask for at most ${list.length}`;
    throw atCaller(new InvalidOptionError(message), wait);
  }
  if (isLoadingModules()) return neverWhileLoading();
  return split(refs, await runtimeOf(first).wait(list, count, valid.timeout, valid.fetchLocal));
}

/** Refs are mostly given in the order in which they were made, and then their ids grow. */
function hasTwice(refs: readonly ObjectRef[]): boolean {
  let last = Number.NEGATIVE_INFINITY;
  for (const { held } of refs) {
    if (held.id <= last) return new Set(refs.map(ref => ref.held.id)).size !== refs.length;
    last = held.id;
  }
  return false;
}

/** Those at the `chosen` places, which grow, and the others. */
function split<R>(refs: readonly R[], chosen: readonly number[]): [chosen: R[], others: R[]] {
  const [only] = chosen;
  if (only !== undefined && chosen.length === 1) return [[refs[only] as R], refs.toSpliced(only, 1)];
  const others: R[] = [];
  let next = 0;
  for (let i = 0; i < refs.length; i++) {
    if (i === chosen[next]) next++;
    else others.push(refs[i] as R);
  }
  return [chosen.map(i => refs[i] as R), others];
}

/** The refs in order of completion; a failed one is yielded too. */
export async function* asCompleted<R extends ObjectRef>(refs: Iterable<R>): AsyncGenerator<R, void, undefined> {
  const list = [...refs];
  refsIn(list, 'asCompleted');
  const first = list[0];
  if (first === undefined) return;
  if (isLoadingModules()) await neverWhileLoading();
  for await (const index of runtimeOf(first).completed(list)) yield list[index] as R;
}

/** The runtime to ask about a ref; one of a session that has ended answers from what it still has. */
function runtimeOf(ref: ObjectRef): Runtime {
  return ref.home ?? currentRuntime();
}

function refsForGet(value: unknown): readonly ObjectRef[] {
  return refsIn(value, 'get');
}

function refsForWait(value: unknown): readonly ObjectRef[] {
  const list = refsIn(value, 'wait');
  if (hasTwice(list)) {
    throw new InvalidOptionError('wait() was given the same ref twice; each may occur once');
  }
  return list;
}

function refsIn(value: unknown, caller: string): readonly ObjectRef[] {
  if (!Array.isArray(value)) {
    throw new TypeError(`${caller}() takes an ObjectRef or an array of them, but was given ${describe(value, caller)}`);
  }
  for (let i = 0; i < value.length; i++) {
    if (isObjectRef(value[i])) continue;
    throw new TypeError(`${caller}() takes ObjectRefs, but element ${i} is ${describe(value[i], caller)}`);
  }
  return value as ObjectRef[];
}

function describe(value: unknown, caller: string): string {
  if (value === undefined)
    return 'undefined: was a member that is not there taken for a method, or numReturns 0 asked for?';
  if (value === null) return 'null';
  if (typeof value === 'function') return `the function ${value.name}: call it with .remote() to get a ref`;
  if (typeof value === 'object') {
    if (typeof (value as { then?: unknown }).then === 'function') return 'a promise: await it first';
    return `an object of class ${value.constructor?.name ?? 'null'}`;
  }
  const hint = caller === 'get' ? ', a value and no ref: did you mean to call the function with .remote()?' : '';
  return `the ${typeof value} ${JSON.stringify(value) ?? String(value)}${hint}`;
}

/** What calls return while a worker only loads the module that makes them. */
export function inertRef(): ObjectRef {
  return new ObjectRef({ id: 0 }, currentRuntime());
}
