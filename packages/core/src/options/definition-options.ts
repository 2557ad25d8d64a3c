import type { ActorOptions, MethodOptions, TaskOptions } from '../types/options.ts';
import { optionChecker } from './option-checker.ts';
import { placementRules } from './placement-rules.ts';
import { amount, count, countOrEndless, duration, flag, mapOf, oneOf, retryExceptions, text } from './rules.ts';

/** Checks what `remote(fn, …)` and `fn.options(…)` were given. */
export const taskOptions = optionChecker<TaskOptions>({
  of: 'a remote function',
  number: 'numCpus',
  trustedInWorkers: true,
  rules: () => ({
    ...placementRules(),
    name: text(),
    numReturns: count(0),
    maxRetries: countOrEndless(),
    retryExceptions: retryExceptions(),
    timeout: duration(),
    maxCalls: count(0),
    streamBuffer: count(1),
  }),
});

/** Checks what `@remote(…)` on a class and `Class.options(…)` were given. */
export const actorOptions = optionChecker<ActorOptions>({
  of: 'a remote class',
  number: 'numCpus',
  trustedInWorkers: true,
  rules: () => ({
    ...placementRules(),
    name: text(),
    namespace: text(),
    getIfExists: flag(),
    lifetime: oneOf('detached'),
    maxRestarts: countOrEndless(),
    maxTaskRetries: countOrEndless(),
    maxConcurrency: count(1),
    concurrencyGroups: mapOf(count(1), 'a map of names to whole numbers >= 1, such as { io: 4 }'),
    maxPendingCalls: countOrEndless(1),
    isolated: flag(),
  }),
});

/** Checks what `@remote(…)` on a method and `actor.method.options(…)` were given. */
export const methodOptions = optionChecker<MethodOptions>({
  of: 'a method of an actor',
  number: 'numCpus',
  trustedInWorkers: true,
  rules: () => ({
    numCpus: amount(),
    numReturns: count(0),
    concurrencyGroup: text(),
    maxTaskRetries: countOrEndless(),
    retryExceptions: retryExceptions(),
    timeout: duration(),
    streamBuffer: count(1),
  }),
});
