import {
  type AnyFunction,
  type CallTask,
  currentWorker,
  type Definition,
  definitionOf,
  findDefinition,
  get,
  InvalidOptionError,
  isGeneratorFunction,
  ModuleLoadError,
  type ObjectRef,
  put,
  TaskCancelledError,
  type TaskOptions,
} from '@aktis/core';
import { remote } from '../remote.ts';
import { runtimeContext } from '../runtime-context.ts';
import { isPlainData } from './plain-data.ts';

/** The items of one call: as they are, or where the worker may first have to load the classes of what is in them. */
type ChunkItems = readonly unknown[] | { readonly ref: ObjectRef<readonly unknown[]> };

/** Beyond this, looking through the items costs more than asking the object store for them. */
const MOST_PLAIN = 100_000;

/** Runs a remote function for many items by one call. */
export type ChunkTask = (items: readonly unknown[]) => ObjectRef<unknown[]>;

const runChunk = remote(
  async function runChunk(key: string, spread: boolean, packed: ChunkItems): Promise<unknown[]> {
    const { target } = await load(key);
    const code = target as (...args: unknown[]) => unknown;
    const items = 'ref' in packed ? await get(packed.ref) : packed;
    const context = runtimeContext();
    const results: unknown[] = [];
    for (const item of items) {
      if (context.isCancelled) throw new TaskCancelledError('The pool was terminated');
      results.push(await (spread ? code(...(item as unknown[])) : code(item)));
    }
    return results;
  },
  // No file: each node has it elsewhere, and every worker has it from the start.
  { module: 'aktis:pool-chunk' },
);

const tasks = new WeakMap<Definition, Map<number, CallTask<Parameters<typeof runChunk>, unknown[]>>>();

/**
 * How `fn` runs for up to `size` items by one call, with the options it was declared with. With `spread` an item is the
 * list of its arguments.
 *
 * @throws InvalidOptionError when `fn` is no remote function.
 */
export function chunkTask(fn: unknown, spread: boolean, size: number): ChunkTask {
  const definition = remoteFunction(fn);
  const task = taskOf(definition, size);
  return items => {
    const packed = isPlainData(items, MOST_PLAIN) ? items : { ref: put(items) };
    return task.remote(definition.key, spread, packed) as ObjectRef<unknown[]>;
  };
}

function taskOf(definition: Definition, size: number) {
  const { timeout, numReturns: _, streamBuffer: __, ...options } = definition.options as TaskOptions;
  let bySize = tasks.get(definition);
  if (bySize === undefined) {
    bySize = new Map();
    tasks.set(definition, bySize);
  }
  // The time limit is that of one item, so only with one does the size matter.
  const key = timeout === undefined ? 0 : size;
  let task = bySize.get(key);
  if (task === undefined) {
    const limit = timeout === undefined ? {} : { timeout: timeout * size };
    task = runChunk.options({ name: definition.name, ...options, ...limit });
    bySize.set(key, task);
  }
  return task;
}

function remoteFunction(fn: unknown): Definition {
  const definition = definitionOf(fn);
  if (definition?.kind !== 'function') throw notRemote(fn, definition?.kind);
  if (!isGeneratorFunction(definition.target)) return definition;
  throw new InvalidOptionError(
    `Pool runs functions that return a value, but ${definition.name} is a generator: use ${definition.name}.remote()`,
  );
}

function notRemote(fn: unknown, kind: string | undefined): InvalidOptionError {
  const wanted = 'Pool takes a function that was passed to remote()';
  if (typeof fn !== 'function') {
    return new InvalidOptionError(
      `${wanted}, but was given ${fn === null ? 'null' : `a value of type ${typeof fn}`}; options go to remote(fn, options)`,
    );
  }
  const name = (fn as AnyFunction).name || '(anonymous)';
  if (kind === 'class') return new InvalidOptionError(`${wanted}, but ${name} is a class: use ActorPool for actors`);
  return new InvalidOptionError(
    `${wanted}, but ${name} was not: write const ${name} = remote(function ${name}(…) { … }) at the top level of a module`,
  );
}

async function load(key: string): Promise<Definition> {
  const definition = findDefinition(key) ?? (await currentWorker()?.loader.load(key));
  if (definition === undefined) throw new ModuleLoadError(`${key} is not defined in this worker`);
  return definition;
}
