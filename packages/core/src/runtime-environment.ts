import type { RuntimeEnv } from './types.ts';

/** A program that another node started and sent here. */
export interface ShippedProgram {
  /** URL of its bundle, a file of this node: what `CodeCache` of `@aktis/cluster` returns. */
  readonly bundle: string;
  /** What the driver's script was given: `process.argv.slice(2)` there. */
  readonly argv: readonly string[];
  /** The job it runs as, which is what its workers say of themselves. */
  readonly jobId: string;
  readonly namespace: string;
}

/** What a worker is started with; work with equal environments shares threads. */
export interface RuntimeEnvironment {
  readonly key: string;
  readonly runtimeEnv: RuntimeEnv;
  /** Whose modules workers load; `undefined`: those of this process's own program. */
  readonly program: ShippedProgram | undefined;
}

const interned = new Map<string, RuntimeEnvironment>();

/** The environment of work that asks for `own` in a session that was started with `base`, of `program` or our own. */
export function runtimeEnvironment(
  base: RuntimeEnv | undefined,
  own: RuntimeEnv | undefined,
  program?: ShippedProgram,
): RuntimeEnvironment {
  const runtimeEnv: RuntimeEnv = { ...base, ...own };
  const key = JSON.stringify([runtimeEnv, program], (_, value) =>
    value !== null && typeof value === 'object' && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
      : value,
  );
  let environment = interned.get(key);
  if (environment === undefined) {
    environment = { key, runtimeEnv, program };
    interned.set(key, environment);
  }
  return environment;
}
