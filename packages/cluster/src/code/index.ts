// How a driver's program gets to the nodes. Imported lazily: a session on one machine has no use for it.
export { type Bundle, bundleProgram, type Program } from './bundle-program.ts';
export { CodeCache, type CodeCacheLimits } from './code-cache.ts';
export { startEsbuild, stopEsbuild } from './esbuild-service.ts';
