/**
 * Whether `value` is nothing but literals, arrays, strings, numbers, booleans and null, and no more than `budget` of
 * them (characters of strings count, too). Such a value can be read in any thread; one that holds instances of the
 * user's classes only where these are known.
 */
export function isPlainData(value: unknown, budget: number): boolean {
  return spend(value, budget) >= 0;
}

/** What is left of `budget`; negative: too much, or not plain. A value that contains itself uses up any budget. */
function spend(value: unknown, budget: number): number {
  switch (typeof value) {
    case 'number':
    case 'boolean':
      return budget - 1;
    case 'string':
      return budget - 1 - value.length / 8;
    case 'object':
      return value === null ? budget - 1 : spendMembers(value, budget - 1);
    default:
      return -1;
  }
}

function spendMembers(value: object, budget: number): number {
  let left = budget;
  if (Array.isArray(value)) {
    for (let i = 0; i < value.length && left >= 0; i++) left = spend(value[i], left);
    return left;
  }
  if (!isLiteral(value)) return -1;
  for (const key in value) {
    if (left < 0) return left;
    left = spend((value as Record<string, unknown>)[key], left - key.length / 8);
  }
  return left;
}

/** Object literals of any realm: the end of their prototype chain is one step away. */
function isLiteral(value: object): boolean {
  const prototype = Object.getPrototypeOf(value);
  return (
    prototype === null || (Object.getPrototypeOf(prototype) === null && Object.hasOwn(prototype, 'hasOwnProperty'))
  );
}
