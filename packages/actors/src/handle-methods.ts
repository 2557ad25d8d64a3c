import { methodOptionsToJson } from './method-options.ts';
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
