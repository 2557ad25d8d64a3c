import { createRequire } from 'node:module';
import type { DependencyContainer } from 'tsyringe';

type Tsyringe = typeof import('tsyringe');

const require = createRequire(import.meta.url);

// Before any decorated class is defined: compilers record parameter types only if this is there, and tsyringe demands it.
// Required, because that takes 3 ms and importing it 10: Node would search all of it for the names it exports.
require('reflect-metadata');

let loaded: Tsyringe | undefined;

/** tsyringe, loaded by the first use: most programs have none, and it would cost each of their workers 7 ms. */
function tsyringe(): Tsyringe {
  loaded ??= require('tsyringe') as Tsyringe;
  return loaded;
}

/**
 * The container of this thread, tsyringe's own. Each worker has one; a module named by `runtimeEnv.setup` fills it.
 *
 * @example
 * // container.ts, with init({ runtimeEnv: { setup: import.meta.resolve('./container.ts') } })
 * container.register('Clock', { useClass: SystemClock });
 */
export const container: DependencyContainer = new Proxy({} as DependencyContainer, {
  get(_, name) {
    const { container: real } = tsyringe();
    const member: unknown = Reflect.get(real, name);
    return typeof member === 'function' ? member.bind(real) : member;
  },
  set: (_, name, value) => Reflect.set(tsyringe().container, name, value),
  has: (_, name) => name in tsyringe().container,
  getPrototypeOf: () => Object.getPrototypeOf(tsyringe().container),
});
