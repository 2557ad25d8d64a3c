import { methodOptionsToJson, parseMethodOptions } from './method-options.ts';
import { methodTable } from './method-table.ts';

const tables = new WeakMap<object, string>();

/** The methods of a class as handles know them, as JSON; worked out once. */
export function methodsOf(type: object): string {
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

const retrying = new Map<string, string>();

/**
 * The methods of an actor whose calls have so many retries unless they say otherwise. It travels with them: whoever was
 * handed the actor knows no other options of it.
 */
export function withRetries(methods: string, maxTaskRetries = 0): string {
  if (maxTaskRetries === 0) return methods;
  const key = `${maxTaskRetries} ${methods}`;
  let result = retrying.get(key);
  if (result === undefined) {
    const entries = Object.entries(parseMethodOptions(methods));
    result = JSON.stringify(Object.fromEntries(entries.map(([name, own]) => [name, { maxTaskRetries, ...own }])));
    retrying.set(key, result);
  }
  return result;
}
