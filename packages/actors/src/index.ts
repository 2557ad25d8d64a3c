import './plugin.ts';

export * from './actor-functions.ts';
export { container } from './container.ts';
export { service } from './injection.ts';
export { InjectionError } from './injection-error.ts';
export { methodTable } from './method-table.ts';
export type { Actor, ActorToken } from './node/actor.ts';
export type { HostedFacts } from './node/actor-border.ts';
export type { ActorManager } from './node/actor-manager.ts';
export type { ActorsElsewhere, RemoteHome } from './node/elsewhere.ts';
export type { MethodTask } from './node/method-task.ts';
export { remote } from './remote.ts';
export { runtimeContext } from './runtime-context.ts';
export type * from './types.ts';
export * from './utilities/index.ts';
