import { inspect } from 'node:util';
import type { z } from 'zod/v3';
import { InvalidOptionError } from '../errors.ts';
import { closestName } from './closest-name.ts';
import { type Rule, zod } from './zod.ts';

/** A rule for every option of `T`: one that is forgotten does not compile. */
export type OptionRules<T> = { readonly [Name in keyof T]-?: Rule<T[Name]> };

export interface CheckerSettings<T> {
  /** Whose options they are, for the error: `a remote function`. */
  readonly of: string;
  /** Called by the first options to be checked. */
  readonly rules: () => OptionRules<T>;
  /** What a bare number stands for. */
  readonly number?: keyof T & string;
  /** The same code ran in the driver, which checked these options before it sent any work. */
  readonly trustedInWorkers?: boolean;
}

/** Set by a worker thread when it boots. */
const workerSymbol = Symbol.for('aktis.worker');

const secrets: ReadonlySet<string> = new Set(['token']);
const none = Object.freeze({});

/**
 * Makes the function that checks one kind of options. It returns a frozen copy without the options that are
 * `undefined`, and throws `InvalidOptionError` for the first that is wrong.
 */
export function optionChecker<T extends object>(settings: CheckerSettings<T>): (input: unknown) => Readonly<T> {
  const { of, rules, number, trustedInWorkers } = settings;
  let schema: z.ZodObject<z.ZodRawShape> | undefined;
  return input => {
    if (input === undefined) return none as Readonly<T>;
    let options = input;
    if (typeof input === 'number' && number !== undefined) {
      options = { [number]: input };
      if (input >= 0 && input < Number.POSITIVE_INFINITY) return Object.freeze(options) as Readonly<T>;
    }
    if (isEmpty(options)) return none as Readonly<T>;
    if (trustedInWorkers && workerSymbol in globalThis) return withoutUndefined(options as T);
    schema ??= zod()
      .object(rules() as z.ZodRawShape)
      .partial()
      .strict();
    const result = schema.safeParse(options);
    if (result.success) return withoutUndefined(result.data as T);
    throw refusal(result.error.issues[0] as z.ZodIssue, options, of, Object.keys(schema.shape), number);
  };
}

/** Nothing to check: the schema library need not even be loaded. */
function isEmpty(options: unknown): boolean {
  return (
    typeof options === 'object' && options !== null && !Array.isArray(options) && Object.keys(options).length === 0
  );
}

function withoutUndefined<T extends object>(options: T): Readonly<T> {
  return Object.freeze(Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as T);
}

function refusal(
  issue: z.ZodIssue,
  options: unknown,
  of: string,
  names: readonly string[],
  number: string | undefined,
): InvalidOptionError {
  if (issue.code === 'unrecognized_keys') return unknown(issue, of, names);
  if (issue.path.length === 0) {
    const orNumber = number === undefined ? '' : ` or a number, which means ${number}`;
    return new InvalidOptionError(`The options of ${of} are ${shown(options)}, but must be an object${orNumber}.`);
  }
  const value = issue.path.reduce<unknown>((at, key) => (at as Record<string | number, unknown>)?.[key], options);
  const given = secrets.has(String(issue.path[0])) ? `a ${typeof value} that is not shown` : shown(value);
  return new InvalidOptionError(`Option ${issue.path.join('.')} is ${given}, but must be ${issue.message}.`);
}

function unknown(issue: z.ZodUnrecognizedKeysIssue, of: string, names: readonly string[]): InvalidOptionError {
  const [key = ''] = issue.keys;
  const path = [...issue.path, key].join('.');
  if (issue.path.length > 0) {
    return new InvalidOptionError(`There is no option ${path}; allowed in ${issue.path.join('.')}: ${issue.message}.`);
  }
  const meant = closestName(key, names);
  const hint = meant === undefined ? `allowed: ${names.join(', ')}` : `did you mean ${meant}?`;
  return new InvalidOptionError(`There is no option ${path} for ${of}; ${hint}${meant === undefined ? '.' : ''}`);
}

function shown(value: unknown): string {
  const text = inspect(value, { depth: 1, breakLength: Number.POSITIVE_INFINITY });
  return text.length > 100 ? `${text.slice(0, 99)}…` : text;
}
