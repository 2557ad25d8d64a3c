import type { ErrorClass } from '../types/options.ts';
import { allowed, type Rule, zod } from './zod.ts';

/** `setTimeout` fires at once for anything longer. */
export const LONGEST_MS = 2 ** 31 - 1;

export function amount(): Rule<number> {
  return zod().number(allowed('a number >= 0')).min(0).finite();
}

export function count(least: number): Rule<number> {
  return zod()
    .number(allowed(`a whole number >= ${least}`))
    .int()
    .min(least)
    .finite();
}

/** A number of times, or -1. */
export function countOrEndless(least = 0): Rule<number> {
  const text = `a whole number >= ${least}, or -1 for no limit`;
  return zod()
    .number(allowed(text))
    .int()
    .finite()
    .refine(value => value === -1 || value >= least, text);
}

export function gpus(): Rule<number> {
  const text = 'a fraction between 0 and 1, or a whole number';
  return zod()
    .number(allowed(text))
    .min(0)
    .finite()
    .refine(value => value < 1 || Number.isInteger(value), text);
}

/** A time that may be over already. */
export function milliseconds(): Rule<number> {
  return zod()
    .number(allowed(`a number of milliseconds from 0 to ${LONGEST_MS}; leave it out for no limit`))
    .min(0)
    .max(LONGEST_MS);
}

/** A time in which something can happen. */
export function duration(): Rule<number> {
  return zod()
    .number(allowed(`a number of milliseconds above 0, up to ${LONGEST_MS}; leave it out for no limit`))
    .gt(0)
    .max(LONGEST_MS);
}

export function flag(): Rule<boolean> {
  return zod().boolean(allowed('true or false'));
}

export function text(): Rule<string> {
  return zod().string(allowed('a string that is not empty')).min(1);
}

export function oneOf<const Value extends string>(...values: [Value, ...Value[]]): Rule<Value> {
  return zod().enum(values, allowed(values.map(value => `'${value}'`).join(' or ')));
}

export function port(): Rule<number> {
  return zod().number(allowed('a port number from 0 to 65535')).int().min(0).max(65_535);
}

export function abortSignal(): Rule<AbortSignal> {
  // By tag: the signal may come from another realm, such as a test's.
  const isSignal = (value: unknown) => Object.prototype.toString.call(value) === '[object AbortSignal]';
  return zod().custom<AbortSignal>(isSignal, 'an AbortSignal');
}

/** A map from names to what `rule` accepts. */
export function mapOf<T>(rule: Rule<T>, of: string): Rule<Record<string, T>> {
  return zod().record(rule, allowed(of)) as Rule<Record<string, T>>;
}

export function retryExceptions(): Rule<boolean | readonly ErrorClass[]> {
  const text = 'true, false or a list of error classes';
  const errorClass = zod().custom<ErrorClass>(isErrorClass, 'an error class');
  return zod().union([zod().boolean(), zod().array(errorClass)], allowed(text));
}

/** Errors of another realm do not derive from this one's `Error`, but every error class has a `message`. */
function isErrorClass(value: unknown): value is ErrorClass {
  return typeof value === 'function' && typeof value.prototype === 'object' && 'message' in value.prototype;
}
