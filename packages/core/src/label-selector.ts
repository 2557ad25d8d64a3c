import type { LabelSelector } from './types.ts';

export type Labels = Readonly<Record<string, string>>;

interface LabelRule {
  readonly name: string;
  /** Empty: any value, or none. */
  readonly oneOf: readonly string[];
  readonly noneOf: readonly string[];
}

/**
 * What a selector demands, checked node by node. A label's wanted value is written `a`, `!a` (anything else, or no such
 * label), `in(a,b)`, `!in(a,b)`, or as a list: one of its values, and none of those with a `!`.
 */
export interface LabelRules {
  readonly rules: readonly LabelRule[];
  /** Equal for selectors that demand the same. */
  readonly key: string;
}

const ANY_LABELS: LabelRules = { rules: [], key: '' };

const parsed = new WeakMap<LabelSelector, LabelRules>();

export function labelRules(selector: LabelSelector | undefined): LabelRules {
  if (selector === undefined) return ANY_LABELS;
  let rules = parsed.get(selector);
  if (rules === undefined) {
    rules = withKey(Object.entries(selector).map(([name, wanted]) => ruleOf(name, [wanted].flat())));
    parsed.set(selector, rules);
  }
  return rules;
}

/** Both must hold. */
export function bothRules(a: LabelRules, b: LabelRules): LabelRules {
  if (a.rules.length === 0) return b;
  return b.rules.length === 0 ? a : withKey([...a.rules, ...b.rules]);
}

export function matches({ rules }: LabelRules, labels: Labels): boolean {
  return rules.every(rule => holds(rule, labels));
}

/** The rules that none of these nodes keeps by itself, in words, and what there is instead. */
export function unmatched({ rules }: LabelRules, nodes: readonly Labels[]): string {
  const hopeless = rules.filter(rule => !nodes.some(labels => holds(rule, labels)));
  if (hopeless.length === 0) return describe(rules);
  const values = (name: string) => [...new Set(nodes.map(labels => labels[name]).filter(value => value !== undefined))];
  return hopeless
    .map(rule => {
      const there = values(rule.name).sort().slice(0, 10).join(', ');
      return `${describe([rule])} (${there === '' ? 'no node has that label' : `there is ${there}`})`;
    })
    .join(' and ');
}

function describe(rules: readonly LabelRule[]): string {
  return rules
    .map(({ name, oneOf, noneOf }) =>
      [oneOf.join('|'), ...noneOf.map(value => `!${value}`)].filter(Boolean).join('&').replace(/^/, `${name}=`),
    )
    .join(' and ');
}

function holds({ name, oneOf, noneOf }: LabelRule, labels: Labels): boolean {
  const value = Object.hasOwn(labels, name) ? labels[name] : undefined;
  if (value === undefined) return oneOf.length === 0;
  return (oneOf.length === 0 || oneOf.includes(value)) && !noneOf.includes(value);
}

function ruleOf(name: string, wanted: readonly string[]): LabelRule {
  const oneOf: string[] = [];
  const noneOf: string[] = [];
  for (const expression of wanted) {
    const [, not, list, value] = /^(!?)(?:in\((.*)\)|(.*))$/s.exec(expression) as unknown as [
      string,
      string,
      string?,
      string?,
    ];
    const values = list === undefined ? [value ?? ''] : list.split(',').map(item => item.trim());
    (not === '!' ? noneOf : oneOf).push(...values);
  }
  return { name, oneOf, noneOf };
}

function withKey(rules: readonly LabelRule[]): LabelRules {
  return { rules, key: JSON.stringify(rules.map(({ name, oneOf, noneOf }) => [name, oneOf, noneOf])) };
}
