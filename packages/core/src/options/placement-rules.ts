import type {
  LabelSelector,
  PlacedOptions,
  ResourceOptions,
  RuntimeEnv,
  SchedulingStrategy,
} from '../types/options.ts';
import type { OptionRules } from './option-checker.ts';
import { amount, count, flag, gpus, mapOf, text } from './rules.ts';
import { allowed, type Rule, zod } from './zod.ts';

/** Amounts that have an option of their own would be counted twice as custom resources. */
const ownOptions: Readonly<Record<string, string>> = {
  CPU: 'numCpus',
  GPU: 'numGpus',
  memory: 'memory',
  cpu: 'numCpus',
  gpu: 'numGpus',
};

export function resourceRules(): OptionRules<ResourceOptions> {
  return { numCpus: amount(), numGpus: gpus(), memory: amount(), resources: customResources() };
}

export function placementRules(): OptionRules<PlacedOptions> {
  return {
    ...resourceRules(),
    schedulingStrategy: schedulingStrategy(),
    labelSelector: labelSelector(),
    runtimeEnv: runtimeEnv(),
  };
}

function customResources(): Rule<Readonly<Record<string, number>>> {
  return mapOf(amount(), 'a map of names to amounts, such as { tpu: 1 }').superRefine((resources, context) => {
    for (const name of Object.keys(resources)) {
      const option = Object.hasOwn(ownOptions, name) ? ownOptions[name] : undefined;
      if (option === undefined) continue;
      context.addIssue({ code: 'custom', path: [name], message: `given as the option ${option}` });
    }
  });
}

/** A bundle of a placement group names everything in one map, also CPUs. */
export function bundle(): Rule<Readonly<Record<string, number>>> {
  return mapOf(amount(), 'a map of names to amounts, such as { CPU: 1 }').refine(
    resources => Object.values(resources).some(value => value > 0),
    'a map with at least one amount above 0',
  );
}

export function labels(): Rule<Readonly<Record<string, string>>> {
  return mapOf(zod().string(allowed('a string')), "a map of names to strings, such as { zone: 'a' }");
}

function labelSelector(): Rule<LabelSelector> {
  const z = zod();
  const wanted = z.union([z.string(), z.array(z.string())], allowed('a string or a list of strings'));
  return mapOf(wanted, "a map of label names to values, such as { zone: 'a' }");
}

export function runtimeEnv(): Rule<RuntimeEnv> {
  const z = zod();
  const limits = ['maxOldGenerationSizeMb', 'maxYoungGenerationSizeMb', 'codeRangeSizeMb', 'stackSizeMb'] as const;
  const megabytes = z.number(allowed('a number of megabytes above 0')).gt(0).finite().optional();
  const limit = z
    .object(
      Object.fromEntries(limits.map(name => [name, megabytes])),
      allowed('an object such as { maxOldGenerationSizeMb: 512 }'),
    )
    .strict(limits.join(', '));
  return z
    .object(
      {
        setup: text().optional(),
        env: mapOf(z.string(allowed('a string')), 'a map of names to strings').optional(),
        resourceLimits: limit.optional(),
      },
      allowed("an object such as { env: { LEVEL: 'debug' } }"),
    )
    .strict('setup, env, resourceLimits');
}

function schedulingStrategy(): Rule<SchedulingStrategy> {
  const z = zod();
  const hasId = (value: unknown) => typeof (value as { id?: unknown } | null | undefined)?.id === 'string';
  const affinity = z.object({ nodeId: text(), soft: flag().optional() }).strict();
  const group = z
    .object({
      placementGroup: z.custom<{ readonly id: string }>(hasId),
      bundleIndex: count(-1).optional(),
      captureChildTasks: flag().optional(),
    })
    .strict();
  const byLabels = z
    .object({ labels: z.object({ hard: labelSelector().optional(), soft: labelSelector().optional() }).strict() })
    .strict();
  const shapes =
    "'DEFAULT', 'SPREAD', { nodeId, soft? }, { placementGroup, bundleIndex?, captureChildTasks? } or { labels: { hard?, soft? } }";
  return z.custom<SchedulingStrategy>(
    value => [z.enum(['DEFAULT', 'SPREAD']), affinity, group, byLabels].some(shape => shape.safeParse(value).success),
    shapes,
  );
}
