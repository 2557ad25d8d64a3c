import { registerNodePlugin } from '@aktis/core';
import { ActorManager } from './actor-manager.ts';

// How actors join a node; imported for its effect.
registerNodePlugin({ name: 'actors', attach: node => new ActorManager(node) });
