import { Argument, InvalidArgumentError } from 'commander';
import { type ResourceName, resources } from './resources.ts';

/** Names one of these kinds of records, also in the singular: "get node 3f9a" is how one says it. */
export function resourceArgument(description: string, names: readonly ResourceName[]): Argument {
  const known = new Map(
    names.flatMap(name => [name, resources[name].singular].map(word => [lettersOf(word), name] as const)),
  );
  // The choices are for the help.
  return new Argument('<resource>', description).choices(names).argParser(word => {
    const name = known.get(lettersOf(word));
    if (name === undefined) throw new InvalidArgumentError(`Allowed choices are ${names.join(', ')}.`);
    return name;
  });
}

/** `placement-groups`, `placement_groups` and `placementGroups` are the same. */
function lettersOf(word: string): string {
  return word.replace(/[^a-z]/gi, '').toLowerCase();
}
