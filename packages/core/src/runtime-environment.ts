import type { RuntimeEnv } from './types.ts';

/** Everything one driver started, as a node knows it whose own driver it is not. */
export interface Job {
  readonly id: string;
  readonly namespace: string;
  /** The driver's. */
  readonly nodeId: string;
  readonly runtimeEnv: RuntimeEnv | undefined;
  /** URL of the driver's program, a file of this node; undefined: workers load what this process loads. */
  readonly bundle: string | undefined;
  /** What the driver's script was given: `process.argv.slice(2)` there. */
  readonly argv: readonly string[];
}

/** What a worker is started with beyond the program itself; work with equal environments shares threads. */
export interface RuntimeEnvironment {
  readonly key: string;
  readonly runtimeEnv: RuntimeEnv;
  /** Of another node's driver. */
  readonly job: Job | undefined;
}

const interned = new Map<string, RuntimeEnvironment>();

/** The environment of work that asks for `own` in a session, or a job of another's, that was started with `base`. */
export function runtimeEnvironment(
  base: RuntimeEnv | undefined,
  own: RuntimeEnv | undefined,
  job?: Job,
): RuntimeEnvironment {
  const runtimeEnv: RuntimeEnv = { ...base, ...own };
  const key = JSON.stringify([job?.id, job?.bundle, runtimeEnv], (_, value) =>
    value !== null && typeof value === 'object' && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
      : value,
  );
  let environment = interned.get(key);
  if (environment === undefined) {
    environment = { key, runtimeEnv, job };
    interned.set(key, environment);
  }
  return environment;
}
