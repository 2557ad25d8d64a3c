import { readFileSync } from 'node:fs';
import type { LoadFnOutput, LoadHookContext, ResolveFnOutput } from 'node:module';
import { fileURLToPath } from 'node:url';
import { compile } from './compile-service.ts';
import { isTypeScript, moduleUrl } from './module-url.ts';
import { resolveMissing, resolveSourceUrl } from './source-resolver.ts';
import { stubSource, stubUrl } from './test-framework-stubs.ts';

/**
 * What the hooks of Node's module loader answer by themselves; `undefined` leaves it to Node. The hooks around it come
 * in two forms, in the loading thread (`typescript-loader.ts`) and in a thread of their own (`module-hooks-thread.ts`).
 */
export function resolveHere(
  specifier: string,
  parentUrl: string | undefined,
  stubs: boolean,
): ResolveFnOutput | undefined {
  const url = (stubs ? stubUrl(specifier) : undefined) ?? resolveSourceUrl(specifier, parentUrl);
  return url === undefined ? undefined : { url, shortCircuit: true };
}

/** Another try after Node did not find it. */
export function resolveAfterAll(error: unknown, parentUrl: string | undefined): ResolveFnOutput {
  const url = parentUrl !== undefined && isTypeScript(parentUrl) ? resolveMissing(error) : undefined;
  if (url === undefined) throw error;
  return { url, shortCircuit: true };
}

export function loadHere(url: string, { conditions, importAttributes }: LoadHookContext): LoadFnOutput | undefined {
  const stub = stubSource(url);
  if (stub !== undefined) return { format: 'module', source: stub, shortCircuit: true };
  if (!url.startsWith('file:')) return undefined;
  // In Node 22 and 24 these hooks see what is required, too; Node 20 names no conditions.
  const required = (conditions as readonly string[] | undefined)?.includes('require') === true;
  if (isTypeScript(url)) {
    const { code, format } = compile(fileURLToPath(moduleUrl(url)), required ? 'require' : 'import');
    return { format, source: code, shortCircuit: true };
  }
  // TypeScript lets JSON be imported without an attribute; Node does not.
  if (!required && /\.json(?:[?#]|$)/.test(url) && importAttributes.type === undefined) {
    const json = readFileSync(fileURLToPath(moduleUrl(url)), 'utf8');
    return { format: 'module', source: `export default ${json}`, shortCircuit: true };
  }
  return undefined;
}
