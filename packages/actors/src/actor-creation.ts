import { type Callable, currentRuntime, InvalidOptionError, isLoadingModules } from '@aktis/core';
import { newHandle } from './handle.ts';
import { methodOptionsToJson } from './method-options.ts';
import { methodTable } from './method-table.ts';

const tables = new WeakMap<object, string>();

/** What `Counter.remote(…)` does: creates the actor and returns its handle at once. */
export function createActor(callable: Callable, args: readonly unknown[]): object {
  const { getIfExists, name: ownName } = callable.options;
  if (getIfExists === true && ownName === undefined) {
    throw new InvalidOptionError('Option getIfExists is true, but name is missing: it says which actor to look for');
  }
  const methods = methodsOf(callable.definition.target);
  const { name } = callable.definition;
  const runtime = currentRuntime();
  if (isLoadingModules()) return newHandle({ id: 0 }, runtime, name, methods);
  return newHandle(runtime.createActor(callable, args, methods), runtime, name, methods);
}

/** The methods of a class as handles know them, as JSON; worked out once. */
function methodsOf(type: object): string {
  let json = tables.get(type);
  if (json === undefined) {
    const methods: Record<string, unknown> = {};
    for (const [name, { options, isGenerator }] of methodTable(type as never)) {
      if (name === 'onStop') continue;
      methods[name] = { ...JSON.parse(methodOptionsToJson(options)), ...(isGenerator ? { isGenerator } : {}) };
    }
    json = JSON.stringify(methods);
    tables.set(type, json);
  }
  return json;
}
