import { InvalidOptionError } from '@aktis/core';

/** `setTimeout` fires at once for anything longer. */
const LONGEST_MS = 2 ** 31 - 1;

/** The options object itself: `{}` for undefined, and nothing in it but `names`. */
export function knownOptions<T extends object>(options: T | undefined, names: readonly (keyof T)[], of: string): T {
  if (options === undefined) return {} as T;
  if (typeof options !== 'object' || options === null) {
    throw new InvalidOptionError(`The options of ${of} are ${String(options)}, but must be an object`);
  }
  for (const name in options) {
    if (names.includes(name)) continue;
    throw new InvalidOptionError(`There is no option ${name} for ${of}; allowed: ${names.join(', ')}`);
  }
  return options;
}

/** A time in milliseconds; undefined means no limit. */
export function milliseconds(name: string, value: number | undefined): number | undefined {
  if (value === undefined || (typeof value === 'number' && value >= 0 && value <= LONGEST_MS)) return value;
  const allowed = `a number of milliseconds from 0 to ${LONGEST_MS}; leave it out for no limit`;
  throw new InvalidOptionError(`Option ${name} is ${String(value)}, but must be ${allowed}`);
}

export function wholeNumber(name: string, value: number, least: number): number {
  if (Number.isSafeInteger(value) && value >= least) return value;
  throw new InvalidOptionError(`Option ${name} is ${String(value)}, but must be a whole number >= ${least}`);
}
