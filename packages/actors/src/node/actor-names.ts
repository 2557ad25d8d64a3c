import { editDistance } from '@aktis/core';
import type { Actor } from './actor.ts';

/** Which living actor has which name. */
export class ActorNames {
  readonly #actors = new Map<string, Actor>();

  get(namespace: string, name: string): Actor | undefined {
    return this.#actors.get(key(namespace, name));
  }

  set(namespace: string, name: string, actor: Actor): void {
    this.#actors.set(key(namespace, name), actor);
  }

  delete(namespace: string, name: string, actor: Actor): void {
    if (this.get(namespace, name) === actor) this.#actors.delete(key(namespace, name));
  }

  list(): NameOfActor[] {
    return [...this.#actors.values()].map(({ namespace, name }) => ({ namespace, name: name as string }));
  }
}

/** A name that is taken. */
export interface NameOfActor {
  readonly namespace: string;
  readonly name: string;
}

/** The names of `namespace` that look like `name`, best first; all of them (a few) if none does. */
export function closeNames(taken: readonly NameOfActor[], namespace: string, name: string): string[] {
  const names = [...new Set(taken.filter(other => other.namespace === namespace).map(other => other.name))];
  const near = names.filter(other => distance(other, name) <= Math.max(2, name.length / 3));
  return (near.length > 0 ? near.sort((a, b) => distance(a, name) - distance(b, name)) : names).slice(0, 5);
}

function key(namespace: string, name: string): string {
  return JSON.stringify([namespace, name]);
}

function distance(a: string, b: string): number {
  return editDistance(a.toLowerCase(), b.toLowerCase());
}
