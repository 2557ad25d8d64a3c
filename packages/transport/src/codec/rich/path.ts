import { ARGUMENTS } from '../rich-path.ts';

/** One step into a value: an index, a key, or words for what has neither (the members of a Map). */
export type Step = number | string | { readonly words: string };

/** The way from the root to a container. */
export interface Trail {
  readonly parent: Trail | undefined;
  readonly step: Step;
  readonly depth: number;
}

const identifier = /^[A-Za-z_$][\w$]*$/;

/** `argument 1.items[3].run`, `value.get("key")`, `error.cause`: where `last` is one step below `trail`. */
export function pathText(root: string, trail: Trail | undefined, last: Step | undefined): string {
  const steps: Step[] = last === undefined ? [] : [last];
  for (let at = trail; at !== undefined; at = at.parent) steps.push(at.step);
  steps.reverse();
  let text = root;
  if (root === ARGUMENTS && typeof steps[0] === 'number') text = `argument ${(steps.shift() as number) + 1}`;
  // A path a thousand steps long helps nobody.
  if (steps.length > 24) steps.splice(12, steps.length - 18, { words: ' … ' });
  return text + steps.map(stepText).join('');
}

function stepText(step: Step): string {
  if (typeof step === 'number') return `[${step}]`;
  if (typeof step !== 'string') return step.words;
  return identifier.test(step) ? `.${step}` : `[${JSON.stringify(step)}]`;
}

/** How a key of a Map reads in a path. */
export function mapStep(key: unknown, index: number): Step {
  const simple = typeof key === 'string' || typeof key === 'number' || typeof key === 'boolean';
  return { words: simple ? `.get(${JSON.stringify(key)})` : `.values()[${index}]` };
}
