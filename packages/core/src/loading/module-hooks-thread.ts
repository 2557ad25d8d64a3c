import type { InitializeHook, LoadHook, ResolveHook } from 'node:module';
import { loadHere, resolveAfterAll, resolveHere } from './module-hooks.ts';

/** The hooks for Node without `module.registerHooks` (20, and 22 before 22.15), which runs them in a thread of its own. */
let stubs = false;

export const initialize: InitializeHook<{ stubs: boolean }> = options => {
  stubs = options.stubs;
};

export const resolve: ResolveHook = async (specifier, context, next) => {
  const here = resolveHere(specifier, context.parentURL, stubs);
  if (here !== undefined) return here;
  try {
    return await next(specifier, context);
  } catch (error) {
    return resolveAfterAll(error, context.parentURL);
  }
};

export const load: LoadHook = async (url, context, next) => loadHere(url, context) ?? next(url, context);
