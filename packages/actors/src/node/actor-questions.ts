import { ActorNotFoundError, type Asker, type Callable, type Question } from '@aktis/core';
import { newHandle } from '../handle.ts';
import type { ActorToken } from './actor.ts';
import type { ActorManager } from './actor-manager.ts';
import { closeNames, type NameOfActor } from './actor-names.ts';

/** The questions about actors that a node answers. */
export function declareActorQuestions(manager: ActorManager): void {
  const { registry } = manager;
  const { node, names } = registry;
  const answers: Record<string, (value: never, asker: Asker) => unknown> = {
    kill: ({ id, noRestart }: { id: number; noRestart: boolean }, { thread }) => {
      const token = (thread?.held(id) as ActorToken | undefined) ?? registry.actors.get(id)?.token;
      if (token !== undefined) manager.kill(token.actor, noRestart);
    },
    getActor: async ({ name, namespace: named }: { name: string; namespace?: string }, { thread }) => {
      const job = thread?.environment.job;
      const namespace = named ?? registry.namespaceOf({ job } as Callable);
      const actor = names.get(namespace, name) ?? (await registry.elsewhere?.find(namespace, name));
      if (actor === undefined || actor === null) {
        const others = await registry.elsewhere?.takenNames().catch(() => []);
        throw notFound([...names.list(), ...(others ?? [])], namespace, name);
      }
      return newHandle(
        actor.token,
        node.runtime,
        actor.className,
        actor.methods,
        actor.callable.options.maxPendingCalls,
      );
    },
  };
  for (const [question, answer] of Object.entries(answers)) node.questions.set(question, answer as Question);
}

function notFound(taken: readonly NameOfActor[], namespace: string, name: string): ActorNotFoundError {
  const where = namespace === '' ? '' : ` in namespace '${namespace}'`;
  const close = closeNames(taken, namespace, name);
  const elsewhere = taken.find(other => other.name === name);
  let hint = 'no actor has a name there';
  if (close.length > 0) hint = `did you mean ${close.map(other => `'${other}'`).join(', ')}?`;
  if (elsewhere !== undefined) hint = `there is one in namespace '${elsewhere.namespace}'`;
  return new ActorNotFoundError(`No living actor is named '${name}'${where}: ${hint}`);
}
