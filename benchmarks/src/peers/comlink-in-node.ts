import { createRequire } from 'node:module';
import type { MessagePort, Worker } from 'node:worker_threads';
import type { Endpoint } from 'comlink';

// Node cannot see the names that its CommonJS form exports.
const require = createRequire(import.meta.url);

export const { expose, wrap } = require('comlink') as typeof import('comlink');
export const endpointOf = require('comlink/dist/umd/node-adapter.js') as (
  port: MessagePort | Worker | null,
) => Endpoint;
