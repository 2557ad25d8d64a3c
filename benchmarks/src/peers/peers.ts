import { type Benchmark, nodeSide, type Side } from '@aktis/cli/microbenchmark';
import type { PeerWork } from './peer.ts';
import { comlinkSettings, piscinaSettings, tinypoolSettings, workerpoolSettings } from './settings.ts';

const settings = {
  piscina: piscinaSettings,
  tinypool: tinypoolSettings,
  workerpool: workerpoolSettings,
  comlink: comlinkSettings,
};

type Library = keyof typeof settings;

const all = Object.keys(settings) as Library[];

/** Only what keeps state between calls is a peer of actors. */
const stateful: readonly Library[] = ['comlink'];

const contests: Readonly<Record<string, readonly Side[]>> = {
  single_client_tasks_sync: sides('sync', 1),
  single_client_tasks_async: sides('atOnce', 1),
  tasks_100_in_flight: sides('inFlight', 1),
  single_client_tasks_sync_2_workers: sides('sync', 2),
  single_client_tasks_async_2_workers: sides('atOnce', 2),
  tasks_100_in_flight_2_workers: sides('inFlight', 2),
  '1_1_actor_calls_sync': sides('sync', 1, stateful),
  '1_1_actor_calls_async': sides('atOnce', 1, stateful),
  argument_of_1000_objects: sides('objects', 1),
  pass_100MB_to_8_tasks: sides('array', 1),
};

/** The benchmark with the libraries that can do the same. */
export function withPeers(benchmark: Benchmark): Benchmark {
  return { ...benchmark, sides: [...benchmark.sides, ...(contests[benchmark.name] ?? [])] };
}

function sides(work: PeerWork, workers: number, libraries: readonly Library[] = all): Side[] {
  return libraries.flatMap(library =>
    Object.keys(settings[library]).map(setting =>
      nodeSide({
        role: 'peer',
        name: setting === 'default' ? library : `${library}, ${setting}`,
        module: new URL(`./${library}.js`, import.meta.url).href,
        case: `${work}: ${setting}`,
        parameters: { workers },
      }),
    ),
  );
}
