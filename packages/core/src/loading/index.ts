// What others than the runtime itself need: without the runtime, so that `aktis run` starts fast.
export { isTypeScript, moduleUrl } from './module-url.ts';
export { candidateFile } from './source-files.ts';
export { type CompilerSettings, compilerSettings } from './tsconfig.ts';
export { installTypeScriptLoader, loadModule, type TypeScriptLoaderOptions } from './typescript-loader.ts';
export { environmentOf, type WorkerEnvironment, workerEnvironment } from './worker-environment.ts';
