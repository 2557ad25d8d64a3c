// All of the package, with the node's half. By the name of the package alone everybody gets this too, but worker threads
// get `index.ts`: see `exports` in package.json.
import './node/plugin.ts';

export * from './index.ts';
export { ActorManager } from './node/actor-manager.ts';
export { holdsForLife, lifeResources } from './node/actor-resources.ts';
