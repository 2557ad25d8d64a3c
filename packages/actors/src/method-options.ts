import type { MethodOptions as DeclaredOptions } from '@aktis/core';

/** What the node and the worker need to know of a method: its options, and whether its runs are streams. */
export interface MethodOptions extends Omit<DeclaredOptions, 'retryExceptions'> {
  readonly retryExceptions?: boolean | readonly string[];
  readonly isGenerator?: boolean;
}

const parsed = new Map<string, Readonly<Record<string, MethodOptions>>>();

/** The methods of a class by name, from the JSON that travels with its handles; one object per class. */
export function parseMethodOptions(json: string): Readonly<Record<string, MethodOptions>> {
  let methods = parsed.get(json);
  if (methods === undefined) {
    methods = JSON.parse(json) as Record<string, MethodOptions>;
    parsed.set(json, methods);
  }
  return methods;
}

/** Options as JSON: error classes by name. */
export function methodOptionsToJson(options: object): string {
  return JSON.stringify(options, (name, value) =>
    name === 'retryExceptions' && Array.isArray(value) ? value.map(type => type.name ?? type) : value,
  );
}
