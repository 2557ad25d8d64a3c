import { InvalidOptionError } from '@aktis/core';
import { type MethodOptions, parseMethodOptions } from './method-options.ts';

type Groups = Readonly<Record<string, number>> | undefined;

/** The error if `groups` has no such group: a misspelt one would silently lose the isolation it was made for. */
export function unknownGroupError(className: string, group: string, groups: Groups): InvalidOptionError | null {
  if (groups !== undefined && Object.hasOwn(groups, group)) return null;
  const names = Object.keys(groups ?? {});
  const known = names.length === 0 ? 'declares none' : `has ${names.map(name => `'${name}'`).join(', ')}`;
  return new InvalidOptionError(
    `Option concurrencyGroup is '${group}', but ${className} ${known}: name it in @remote({ concurrencyGroups: { … } }) of the class`,
  );
}

/** Throws if a method declares a group that the class, with the options it is created with, does not have. */
export function checkGroups(className: string, methods: string, groups: Groups): void {
  for (const { concurrencyGroup } of Object.values<MethodOptions>(parseMethodOptions(methods))) {
    const error = concurrencyGroup === undefined ? null : unknownGroupError(className, concurrencyGroup, groups);
    if (error !== null) throw error;
  }
}
