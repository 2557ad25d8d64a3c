import module, { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { installCommonJsHooks } from './commonjs-hooks.ts';
import { compile } from './compile-service.ts';
import { loadHere, resolveAfterAll, resolveHere } from './module-hooks.ts';
import { isTypeScript, moduleUrl } from './module-url.ts';
import { installStub } from './test-framework-stubs.ts';

export interface TypeScriptLoaderOptions {
  /** Whether imports of test frameworks find a stand-in. */
  readonly stubs?: boolean;
}

/** Whether Node runs hooks in the thread that loads; otherwise they get a thread of their own, which costs 20-25 ms. */
const hooksInThread = typeof module.registerHooks === 'function';

let installed: { readonly stubs: boolean; hooked: boolean } | undefined;

/** Lets this thread import and require TypeScript, for as long as it lives. The compiler itself is loaded by the first such file. */
export function installTypeScriptLoader({ stubs = false }: TypeScriptLoaderOptions = {}): void {
  if (installed !== undefined) return;
  installed = { stubs, hooked: false };
  if (stubs) installStub();
  process.setSourceMapsEnabled(true);
  installCommonJsHooks(stubs, code => {
    // A `require` needs no hooks, an `import()` does.
    if (/\bimport\s*\(/.test(code)) installModuleHooks();
  });
  if (hooksInThread) installModuleHooks();
}

/**
 * Loads a module that nothing imports: a program, or what a worker was told to load. Resolves when its top-level code
 * is done, as `import()` does. A CommonJS module is required, as in the driver, so that both share one instance.
 */
export async function loadModule(url: string): Promise<void> {
  if (installed !== undefined && url.startsWith('file:')) {
    if (isTypeScript(url)) {
      const file = fileURLToPath(moduleUrl(url));
      if (compile(file, 'root').format === 'commonjs') {
        createRequire(url)(file);
        return;
      }
    }
    installModuleHooks();
  }
  await import(url);
}

function installModuleHooks(): void {
  if (installed === undefined || installed.hooked) return;
  installed.hooked = true;
  const { stubs } = installed;
  if (!hooksInThread) {
    module.register(new URL('./module-hooks-thread.js', import.meta.url), { data: { stubs } });
    return;
  }
  module.registerHooks({
    resolve(specifier, context, next) {
      const here = resolveHere(specifier, context.parentURL, stubs);
      if (here !== undefined) return here;
      try {
        return next(specifier, context);
      } catch (error) {
        return resolveAfterAll(error, context.parentURL);
      }
    },
    load: (url, context, next) => loadHere(url, context) ?? next(url, context),
  });
}
