import type { ResourceMap } from '../resources.ts';
import type { HistoryOptions, InitOptions, PlacementGroupOptions } from '../types/options.ts';
import { optionChecker } from './option-checker.ts';
import { bundle, labels, resourceRules, runtimeEnv } from './placement-rules.ts';
import { abortSignal, amount, count, flag, oneOf, port, text } from './rules.ts';
import { allowed, type Rule, zod } from './zod.ts';

/** Checks what `init` was given. */
export const initOptions = optionChecker<InitOptions>({
  of: 'init',
  rules: () => ({
    ...resourceRules(),
    numCpus: count(0),
    address: text(),
    labels: labels(),
    objectStoreMemory: amount(),
    maxActorThreads: count(1),
    namespace: text(),
    includeDashboard: flag(),
    dashboardHost: text(),
    dashboardPort: port(),
    history: history(),
    logToDriver: flag(),
    logFormat: oneOf('text', 'json'),
    runtimeEnv: runtimeEnv(),
    transport: oneOf('threads', 'inline'),
    token: text(),
    signal: abortSignal(),
    ignoreReinitError: flag(),
  }),
});

function history(): Rule<boolean | HistoryOptions> {
  const what = 'true, false, or { directory, days, maxBytes }';
  const days = zod().number(allowed('a number of days above 0')).gt(0).finite();
  const settings = zod()
    .object({ directory: text(), days, maxBytes: count(1) }, allowed(what))
    .partial()
    .strict();
  return zod().union([zod().boolean(), settings], allowed(what)) as Rule<boolean | HistoryOptions>;
}

/** Checks what `placementGroup` was given beside its bundles. */
export const placementGroupOptions = optionChecker<PlacementGroupOptions>({
  of: 'placementGroup',
  rules: () => ({
    strategy: oneOf('PACK', 'SPREAD', 'STRICT_PACK', 'STRICT_SPREAD'),
    name: text(),
    lifetime: oneOf('detached'),
  }),
});

const checkBundles = optionChecker<{ bundles: readonly ResourceMap[] }>({
  of: 'placementGroup',
  rules: () => ({ bundles: zod().array(bundle(), allowed('a list of resource maps, such as [{ CPU: 1 }]')).min(1) }),
});

/** Checks the bundles `placementGroup` was given. */
export function placementBundles(input: unknown): readonly ResourceMap[] {
  // As an option that was given, so that a missing list is refused like a wrong one.
  return checkBundles({ bundles: input ?? null }).bundles;
}
