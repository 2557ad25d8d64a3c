import { parseArgs } from 'node:util';

export interface Settings {
  readonly peers: boolean;
  readonly scale: boolean;
  readonly links: boolean;
  readonly cluster: boolean;
  /** Parts of names; a benchmark runs if it has one of them. Empty: all. */
  readonly only: readonly string[];
  readonly rounds: number;
  readonly seconds: number;
  readonly json: string | undefined;
  readonly profile: string | undefined;
  readonly list: boolean;
}

export const usage = `npm run bench -- [options]
  --peers          also piscina, tinypool, workerpool, comlink, and Ray where it is installed
  --scale          also what takes long: queues, live actors, refs by the thousand, leaks, idle memory
  --links          also links between two processes, against bare sockets
  --cluster        also calls, objects and failover between nodes; needs nats-server
  --only NAME      only benchmarks whose name contains NAME; may be repeated
  --rounds N       turns of each side (5)
  --seconds S      of one turn (0.3)
  --json FILE      the results for machines, beside the table
  --profile DIR    CPU profiles of all sides (the figures are worth less then)
  --list           names only
Ray is run by python3, or by the python that AKTIS_RAY_PYTHON names.`;

/** @throws TypeError when an option is unknown or wrong */
export function readSettings(args: readonly string[]): Settings {
  const { values } = parseArgs({
    args: [...args],
    options: {
      peers: { type: 'boolean', default: false },
      scale: { type: 'boolean', default: false },
      links: { type: 'boolean', default: false },
      cluster: { type: 'boolean', default: false },
      only: { type: 'string', multiple: true, default: [] },
      rounds: { type: 'string', default: '5' },
      seconds: { type: 'string', default: '0.3' },
      json: { type: 'string' },
      profile: { type: 'string' },
      list: { type: 'boolean', default: false },
    },
  });
  return {
    ...values,
    json: values.json,
    profile: values.profile,
    rounds: positive('rounds', values.rounds),
    seconds: positive('seconds', values.seconds),
  };
}

function positive(name: string, text: string): number {
  const number = Number(text);
  if (number > 0) return number;
  throw new TypeError(`--${name} takes a number above 0, but was given ${text}`);
}
