export { callerModule } from './call-site.ts';
export { ModuleLoader, type ModuleLoaderOptions } from './module-loader.ts';
export { isTypeScript, moduleUrl } from './module-url.ts';
export { installTypeScriptLoader, loadModule, type TypeScriptLoaderOptions } from './typescript-loader.ts';
export { environmentOf, type WorkerEnvironment, workerEnvironment } from './worker-environment.ts';
