// What the package is to everybody but worker threads, which take `index.ts` alone: see `exports` in package.json.
import './hub.ts';

export * from './index.ts';
