import { parentPort } from 'node:worker_threads';
import { endpointOf, expose } from './comlink-in-node.ts';
import { add, count, ends } from './numbers.ts';

const api = { add, count, ends };

export type ComlinkApi = typeof api;

expose(api, endpointOf(parentPort));
