/** The calls of `cluster-cases.ts` on one thread of this process. */
import { type Cases, oneAtATime, repeated, times, type Workload } from '@aktis/cli/microbenchmark';
import { get, init, remote, shutdown } from 'aktis';

const BATCH = 1_000;

const add = remote(function add(a: number, b: number): number {
  return a + b;
});

class Server {
  add(a: number, b: number): number {
    return a + b;
  }
}
remote(Server, { numCpus: 0 });

async function inSession(prepare: () => Workload): Promise<Workload> {
  await init({ numCpus: 1, includeDashboard: false });
  return { ...prepare(), end: shutdown };
}

export const cases: Cases = {
  tasksOneAtATime: () => inSession(() => oneAtATime(() => get(add.remote(1, 2)))),
  tasksInFlight: () => inSession(() => repeated(BATCH, () => get(times(BATCH, () => add.remote(1, 2))))),
  actorCallsOneAtATime: () =>
    inSession(() => {
      const server = Server.remote();
      return oneAtATime(() => get(server.add.remote(1, 2)));
    }),
  actorCallsInFlight: () =>
    inSession(() => {
      const server = Server.remote();
      return repeated(BATCH, () => get(times(BATCH, () => server.add.remote(1, 2))));
    }),
};
