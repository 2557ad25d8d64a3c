import type { RuntimeEnv } from './types.ts';

/** What a worker is started with beyond the program itself; work with equal environments shares threads. */
export interface RuntimeEnvironment {
  readonly key: string;
  readonly runtimeEnv: RuntimeEnv;
}

const interned = new Map<string, RuntimeEnvironment>();

/** The environment of work that asks for `own` in a session that was started with `base`. */
export function runtimeEnvironment(base: RuntimeEnv | undefined, own: RuntimeEnv | undefined): RuntimeEnvironment {
  const runtimeEnv: RuntimeEnv = { ...base, ...own };
  const key = JSON.stringify(runtimeEnv, (_, value) =>
    value !== null && typeof value === 'object' && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
      : value,
  );
  let environment = interned.get(key);
  if (environment === undefined) {
    environment = { key, runtimeEnv };
    interned.set(key, environment);
  }
  return environment;
}
