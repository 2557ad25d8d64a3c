import { remote } from '@aktis/actors';
import { type ActorHandle, get, put } from '@aktis/core';
import { type Cases, oneAtATime, repeated, times } from '../workload.ts';
import { inSession } from './session.ts';

/** Definitions of Aktis's own packages must name their module. */
const module = import.meta.url;

class Server {
  add(a: number, b: number): number {
    return a + b;
  }
}
remote(Server, { numCpus: 0, module });

class AsyncServer {
  async add(a: number, b: number): Promise<number> {
    return a + b;
  }
}
remote(AsyncServer, { module });

type AnyServer = ActorHandle<Server> | ActorHandle<AsyncServer>;

class Client {
  readonly #servers: readonly AnyServer[];

  constructor(servers: readonly AnyServer[]) {
    this.#servers = servers;
  }

  async call(calls: number): Promise<void> {
    await callAll(this.#servers, calls);
  }

  async callWithRef(calls: number): Promise<void> {
    const ref = put(1);
    const refs = this.#servers.flatMap(server => times(calls, () => server.add.remote(ref, 2)));
    await get(refs);
  }
}
remote(Client, { numCpus: 0, module });

const work = remote(
  async function work(servers: readonly AnyServer[], calls: number): Promise<void> {
    await get(times(calls, i => (servers[i % servers.length] as AnyServer).add.remote(1, 2)));
  },
  { module },
);

async function callAll(servers: readonly AnyServer[], calls: number): Promise<void> {
  await get(servers.flatMap(server => times(calls, () => server.add.remote(1, 2))));
}

const BATCH = 1_000;
const SERVERS = 2;
const CALLERS = 4;
const CALLS = 2_500;

export const cases = {
  '1_1_actor_calls_sync': inSession(() => {
    const server = Server.remote();
    return oneAtATime(() => get(server.add.remote(1, 2)));
  }),
  '1_1_actor_calls_async': inSession(() => {
    const server = Server.remote();
    return repeated(BATCH, () => callAll([server], BATCH));
  }),
  '1_1_actor_calls_concurrent': inSession(() => {
    const server = Server.options({ maxConcurrency: 16 }).remote();
    return repeated(BATCH, () => callAll([server], BATCH));
  }),
  '1_1_async_actor_calls_sync': inSession(() => {
    const server = AsyncServer.remote();
    return oneAtATime(() => get(server.add.remote(1, 2)));
  }),
  '1_1_async_actor_calls_async': inSession(() => {
    const server = AsyncServer.remote();
    return repeated(BATCH, () => callAll([server], BATCH));
  }),
  '1_n_actor_calls_async': inSession(() => {
    const client = Client.remote(times(SERVERS, () => Server.remote()));
    return repeated(SERVERS * CALLS, () => get(client.call.remote(CALLS)));
  }),
  '1_n_async_actor_calls_async': inSession(() => {
    const client = Client.remote(times(SERVERS, () => AsyncServer.remote()));
    return repeated(SERVERS * CALLS, () => get(client.call.remote(CALLS)));
  }),
  n_n_actor_calls_async: inSession(() => {
    const servers = times(SERVERS, () => Server.remote());
    return repeated(CALLERS * CALLS, () => get(times(CALLERS, () => work.remote(servers, CALLS))));
  }),
  n_n_async_actor_calls_async: inSession(() => {
    const servers = times(SERVERS, () => AsyncServer.remote());
    return repeated(CALLERS * CALLS, () => get(times(CALLERS, () => work.remote(servers, CALLS))));
  }),
  n_n_actor_calls_with_arg_async: inSession(() => {
    const clients = times(SERVERS, () => Client.remote([Server.remote()]));
    return repeated(SERVERS * BATCH, () => get(clients.map(client => client.callWithRef.remote(BATCH))));
  }),
} satisfies Cases;
