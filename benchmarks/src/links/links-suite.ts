import { type Benchmark, nodeSide, type Side, type Target } from '@aktis/cli/microbenchmark';

function side(role: 'aktis' | 'baseline', of: string, size?: number, name = 'raw node:net'): Side {
  const file = role === 'aktis' ? './link-cases.js' : './raw-cases.js';
  return nodeSide({
    role,
    name: role === 'aktis' ? 'link over TCP' : name,
    module: new URL(file, import.meta.url).href,
    case: of,
    parameters: size === undefined ? { workers: 1 } : { workers: 1, size },
  });
}

function contest(name: string, unit: string, of: string, targets: readonly Target[], size?: number): Benchmark {
  return { name, unit, better: 'higher', sides: [side('aktis', of, size), side('baseline', of, size)], targets };
}

/** Two processes of this machine: what a link costs beyond the sockets it uses. */
export const linksSuite: readonly Benchmark[] = [
  contest('link_calls_sync', 'calls/s', 'oneAtATime', [{ against: 'baseline', atLeast: 0.5 }]),
  contest('link_calls_100_in_flight', 'calls/s', 'inFlight', [{ against: 'itself', atLeast: 100_000 }], 100),
  contest('link_calls_1000_in_flight', 'calls/s', 'inFlight', [{ against: 'itself', atLeast: 100_000 }], 1_000),
  {
    name: 'link_64MB',
    unit: 'GB/s',
    better: 'higher',
    sides: [
      side('aktis', 'large'),
      side('baseline', 'large', undefined, 'raw node:net, into new memory'),
      side('baseline', 'largeDropped', undefined, 'raw node:net, dropped'),
    ],
    targets: [{ against: 'baseline', atLeast: 0.7 }],
  },
];
