import {
  type Case,
  type CaseParameters,
  type Cases,
  collectGarbage,
  inFlight,
  largeArray,
  measured,
  oneAtATime,
  repeated,
  smallObjects,
  times,
  type Workload,
} from '@aktis/cli/microbenchmark';

/** The same three calls, as each library makes them. */
export interface Peer {
  add(a: number, b: number): Promise<number>;
  count(items: readonly unknown[]): Promise<number>;
  ends(numbers: Float64Array): Promise<number>;
  end(): Promise<unknown>;
}

const BATCH = 1_000;
const TASKS = 8;

const works: Readonly<Record<PeerWork, (peer: Peer) => Workload>> = {
  sync: peer => oneAtATime(() => peer.add(1, 2)),
  atOnce: peer => repeated(BATCH, () => Promise.all(times(BATCH, () => peer.add(1, 2)))),
  inFlight: peer => inFlight(100, () => peer.add(1, 2)),
  objects: peer => {
    const items = smallObjects();
    return repeated(10, () => Promise.all(times(10, () => peer.count(items))));
  },
  array: peer => {
    const numbers = largeArray(100);
    return measured(async () => {
      await collectGarbage();
      const start = performance.now();
      await Promise.all(times(TASKS, () => peer.ends(numbers)));
      return { value: performance.now() - start };
    });
  },
};

/** What every library is measured at. */
export type PeerWork = 'sync' | 'atOnce' | 'inFlight' | 'objects' | 'array';

/** A library under all its settings: the cases are called `sync: default` and so on. */
export function peerCases<Options>(
  settings: Readonly<Record<string, Options>>,
  start: (workers: number, options: Options) => Peer,
): Cases {
  const cases: Record<string, Case> = {};
  for (const [name, options] of Object.entries(settings)) {
    for (const [work, prepare] of Object.entries(works)) {
      cases[`${work}: ${name}`] = async ({ workers }: CaseParameters) => {
        const peer = start(workers, options);
        return { ...prepare(peer), end: async () => void (await peer.end()) };
      };
    }
  }
  return cases;
}
