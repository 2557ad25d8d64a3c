/** The worker of piscina and tinypool: exports by name, one argument each. */
export { count, ends } from './numbers.ts';

export function add({ a, b }: { readonly a: number; readonly b: number }): number {
  return a + b;
}
