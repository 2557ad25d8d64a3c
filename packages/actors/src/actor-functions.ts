import {
  ActorDiedError,
  checkedFor,
  currentWorker,
  executions,
  type GetActor,
  getActorOptions,
  isLoadingModules,
  type KillOptions,
  killOptions,
  neverWhileLoading,
  runningRuntime,
} from '@aktis/core';
import { handleFacts } from './handle.ts';
import { hostOf } from './plugin.ts';

/**
 * Ends an actor at once: running and queued calls reject with `ActorDiedError`, `onStop` does not run. With
 * `noRestart: false` the actor is started again if it has restarts left.
 */
export async function kill(actor: object, options?: KillOptions): Promise<void> {
  const { target, home } = checkedFor(kill, handleOfKilled, actor);
  const { noRestart = true } = checkedFor(kill, killOptions, options);
  await home.ask('kill', { id: target.id, noRestart });
}

function handleOfKilled(actor: object): ReturnType<typeof handleFacts> {
  return handleFacts(actor, 'kill');
}

/**
 * The handle of the living actor with this name.
 *
 * @throws ActorNotFoundError, which lists close names.
 * @example
 * const hits = await getActor<typeof Counter>('hits');
 */
export const getActor = (async (name: string, options?: { namespace?: string }) => {
  if (typeof name !== 'string' || name === '')
    throw new TypeError('getActor() takes the name of an actor, a non-empty string');
  if (isLoadingModules()) return neverWhileLoading();
  return runningRuntime('getActor').ask('getActor', { name, ...getActorOptions(options) });
}) as GetActor;

/** Ends the actor whose method calls it: this call and queued ones reject with `ActorDiedError`, and `onStop` runs. */
export function exitActor(): never {
  const execution = executions.getStore();
  const worker = currentWorker();
  if (execution === undefined || worker === undefined || execution.actor === 0) {
    throw new TypeError('exitActor() was called outside of a method of an actor');
  }
  hostOf(worker)?.exit(execution.actor);
  throw new ActorDiedError('The actor has ended by exitActor()');
}
