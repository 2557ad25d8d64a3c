/** Evaluates what a module imports, in order; what is returned is to be awaited before the module itself goes on. */
export const evaluateImports = `\
const __aktisImports = steps => {
  const pending = [];
  try {
    for (const step of steps) {
      const promise = step();
      if (promise !== undefined) pending.push(promise);
    }
  } catch (error) {
    for (const promise of pending) promise.catch(() => {});
    throw error;
  }
  return pending.length > 0 ? Promise.all(pending) : undefined;
};`
  .replaceAll(/\n\s*/g, ' ')
  .trim();

const wrapper = /^var ([\w$]+) = __(?:esm|commonJS)\(\{$/;
const asyncModule = /^ {2}async ".*"\(\) \{$/;
const call = /^([\w$]+)\(\)$/;
const severalCalls = /^__promiseAll\(\[(.*)\]\)$/;
const binding = /^(?:[\w$]+ = __toESM|__reExport)\(.*\)$/;

/**
 * Gives modules with a top-level `await` the order of ECMAScript. esbuild's own code evaluates their imports one after
 * the other and awaits each, so that two modules which import one another wait for ever as soon as something else is
 * awaited before: a script with `await init()` and modules that import the script are enough. ECMAScript evaluates all
 * imports at once, and lets a module wait for none that waits for it.
 *
 * All imports are called in one go: one that returns no promise is either evaluated, or is above on the stack and thus
 * waits for this module. `lines` is the code that esbuild wrote; no line is added or removed.
 */
export function orderEvaluation(lines: string[]): void {
  const wrappers = new Set(lines.flatMap(line => wrapper.exec(line)?.[1] ?? []));
  for (let at = 1; at < lines.length; at++) {
    if (!asyncModule.test(lines[at] as string) || !wrapper.test(lines[at - 1] as string)) continue;
    const first = at + 1;
    for (at = first; at < lines.length; at++) {
      const steps = importSteps(lines[at] as string, wrappers);
      if (steps === undefined) break;
      lines[at] = `    ${steps.join(', ')},`;
    }
    if (at === first) continue;
    lines[first] = `    const __aktisPending = __aktisImports([${lines[first]?.trimStart()}`;
    lines[at - 1] += ']); if (__aktisPending) await __aktisPending;';
  }
}

/** What a line of the imports does, as functions; `undefined` for any other line. */
function importSteps(line: string, wrappers: ReadonlySet<string>): string[] | undefined {
  const [, awaits, statement = ''] = /^ {4}(await )?(.*);$/.exec(line) ?? [];
  const isImport = (name: string | undefined) => name !== undefined && wrappers.has(name);
  if (isImport(call.exec(statement)?.[1])) return [awaits ? `() => ${statement}` : `() => void ${statement}`];
  const several = awaits === undefined ? undefined : severalCalls.exec(statement)?.[1]?.split(', ');
  if (several?.every(each => isImport(call.exec(each)?.[1]))) return several.map(each => `() => ${each}`);
  return !awaits && binding.test(statement) ? [`() => void (${statement})`] : undefined;
}
