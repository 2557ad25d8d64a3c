import { createRequire } from 'node:module';
import type { z } from 'zod/v3';

/** A rule for one option: what it accepts, and as its message what is allowed, to follow "must be". */
export type Rule<T> = z.ZodType<T, z.ZodTypeDef, unknown>;

let loaded: typeof z | undefined;

/**
 * Zod, loaded by the first options that need it: never in a program that gives none.
 *
 * Its version 3 interface, which every zod 4 brings along, because it loads in 8 ms; `zod`, `zod/mini` and
 * `zod/v4/core` take 35 to 80 ms, most of that for fifty languages, and are not to be had without them.
 */
export function zod(): typeof z {
  loaded ??= (createRequire(import.meta.url)('zod/v3') as { z: typeof z }).z;
  return loaded;
}

/** What a schema says about everything it refuses. */
export function allowed(text: string): { errorMap: z.ZodErrorMap } {
  return { errorMap: () => ({ message: text }) };
}
