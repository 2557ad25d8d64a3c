import './plugin.ts';

export * from './actor-functions.ts';
export { runtimeContext } from './runtime-context.ts';
export { remote } from './remote.ts';
export type * from './types.ts';
