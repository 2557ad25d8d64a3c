// What others than the runtime itself need: without the runtime, so that `aktis run` starts fast.
export { compile } from './compile-service.ts';
export { makeDirectory } from './make-directory.ts';
export { isTypeScript, moduleUrl } from './module-url.ts';
export type { ProgramBundle } from './program-bundle.ts';
export { candidateFile, packageType } from './source-files.ts';
export { resolveSource } from './source-resolver.ts';
export { stubSource, stubUrl } from './test-framework-stubs.ts';
export { type CompilerSettings, compilerSettings } from './tsconfig.ts';
export { installTypeScriptLoader, loadModule, type TypeScriptLoaderOptions } from './typescript-loader.ts';
export { environmentOf, type WorkerEnvironment, workerEnvironment } from './worker-environment.ts';
