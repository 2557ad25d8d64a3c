import Module from 'node:module';
import { fileURLToPath } from 'node:url';
import { compile } from './compile-service.ts';
import { resolveSource } from './source-resolver.ts';
import { installStub, stubUrl } from './test-framework-stubs.ts';

/** The inside of Node's CommonJS loader that every such tool relies on, and that Node keeps for them. */
interface CommonJsLoader {
  _extensions: Record<string, (module: LoadedModule, file: string) => void>;
  _resolveFilename(request: string, parent: LoadedModule | null | undefined, ...rest: unknown[]): string;
  _load(request: string, parent: LoadedModule | null | undefined, ...rest: unknown[]): unknown;
}

interface LoadedModule {
  readonly filename?: string | null;
  _compile(code: string, file: string, format?: string): void;
}

/**
 * Makes `require` take TypeScript. Needed beside the hooks of the module loader, which do not see a `require` within
 * CommonJS modules in Node 20 and 22.
 *
 * `compiled` hears the code of each file before it runs.
 */
export function installCommonJsHooks(stubs: boolean, compiled: (code: string) => void): void {
  const loader = Module as unknown as CommonJsLoader;
  const extension = (module: LoadedModule, file: string) => {
    const { code, format } = compile(file, 'require');
    compiled(code);
    module._compile(code, file, format);
  };
  for (const name of ['.ts', '.tsx', '.mts', '.cts']) loader._extensions[name] = extension;

  const resolveFilename = loader._resolveFilename;
  loader._resolveFilename = function (request, parent, ...rest) {
    const from = parent?.filename;
    const path = request.startsWith('file:') ? fileURLToPath(request) : request;
    const file = typeof from === 'string' ? resolveSource(path, from) : undefined;
    return file ?? resolveFilename.call(this, request, parent, ...rest);
  };

  if (!stubs) return;
  const load = loader._load;
  loader._load = function (request, parent, ...rest) {
    return stubUrl(request) === undefined ? load.call(this, request, parent, ...rest) : installStub();
  };
}
