import type { Definition } from './definition.ts';
import type { ResourceMap } from './resources.ts';
import { RunTimeStatistics } from './run-time-statistics.ts';
import type { Job } from './runtime-environment.ts';
import type { ActorOptions, TaskOptions } from './types.ts';

/** All options a callable may carry; which of them mean something depends on its kind. */
export type CallableOptions = Readonly<TaskOptions & ActorOptions>;

let count = 0;

/**
 * A remote function or class together with its validated options: made once by `remote()` or `.options()`, never per
 * call. Messages mention it by its number.
 */
export class Callable {
  readonly number = count++;
  readonly definition: Definition;
  readonly options: CallableOptions;
  readonly stats = new RunTimeStatistics();
  readonly numReturns: number;
  /** Its runs are streams. */
  readonly isGenerator: boolean;
  /** Whose it is, when another node's driver defined it. */
  readonly job: Job | undefined;
  #resources: ResourceMap | undefined;
  #wire: string | undefined;

  constructor(
    definition: Definition,
    options: CallableOptions,
    isGenerator = isGeneratorFunction(definition.target),
    job?: Job,
  ) {
    this.job = job;
    this.definition = definition;
    this.options = options;
    this.isGenerator = isGenerator;
    this.numReturns = options.numReturns ?? 1;
  }

  /** What one execution demands, `CPU` filled in: 1 unless said otherwise. */
  get resources(): ResourceMap {
    this.#resources ??= resourcesOf(this.options, 1);
    return this.#resources;
  }

  /** The options as JSON, for the other end of a link. */
  get wire(): string {
    this.#wire ??= JSON.stringify({ ...this.options, isGenerator: this.isGenerator }, (name, value) =>
      name === 'retryExceptions' && Array.isArray(value) ? value.map(type => type.name ?? type) : value,
    );
    return this.#wire;
  }
}

/** Whether calling `value` gives an iterator over what it yields. */
export function isGeneratorFunction(value: unknown): boolean {
  const tag = Object.prototype.toString.call(value);
  return tag === '[object GeneratorFunction]' || tag === '[object AsyncGeneratorFunction]';
}

export function callableToWire(callable: Callable): string {
  return callable.wire;
}

/** Whether an actor's options name any resource: then it holds them for life. */
export function namesResources(options: CallableOptions): boolean {
  return (
    options.numCpus !== undefined ||
    options.numGpus !== undefined ||
    options.memory !== undefined ||
    options.resources !== undefined
  );
}

export function resourcesOf(options: CallableOptions, defaultCpus: number): ResourceMap {
  const resources: Record<string, number> = { ...options.resources, CPU: options.numCpus ?? defaultCpus };
  if (options.numGpus !== undefined) resources.GPU = options.numGpus;
  if (options.memory !== undefined) resources.memory = options.memory;
  return resources;
}
