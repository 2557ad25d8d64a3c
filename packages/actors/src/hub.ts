// The node's half, which worker threads do without.
import './node/plugin.ts';

export { ActorManager } from './node/actor-manager.ts';
export { holdsForLife, lifeResources } from './node/actor-resources.ts';
