import { spawnSync } from 'node:child_process';
import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { NatsServerError } from './server-failure.ts';

export interface ServerBinary {
  readonly path: string;
  readonly version: readonly [major: number, minor: number, patch: number];
}

/** Where Debian and Homebrew put it; Debian's place is not on every user's PATH. */
const usualPlaces = ['/usr/sbin', '/usr/local/bin', '/opt/homebrew/bin'];

/** Finds `nats-server`: AKTIS_NATS_SERVER, the PATH, and the usual places. */
export function findServerBinary(env: NodeJS.ProcessEnv = process.env, places = usualPlaces): ServerBinary {
  const named = env.AKTIS_NATS_SERVER;
  if (named !== undefined && named !== '') {
    if (!isExecutable(named)) {
      throw new NatsServerError(`AKTIS_NATS_SERVER names ${named}, which is no program that can be run`);
    }
    return withVersion(named);
  }
  const folders = [...(env.PATH ?? '').split(delimiter), ...places];
  const name = process.platform === 'win32' ? 'nats-server.exe' : 'nats-server';
  const path = folders
    .filter(folder => folder !== '')
    .map(folder => join(folder, name))
    .find(isExecutable);
  if (path === undefined) {
    throw new NatsServerError(
      'nats-server was not found, which a head needs. Install it: "apt install nats-server", "brew install nats-server", ' +
        'or take it from the image "docker pull nats"; or name it: AKTIS_NATS_SERVER=/path/to/nats-server. ' +
        'A NATS server that runs already is used with --nats nats://host:port',
    );
  }
  return withVersion(path);
}

/** Whether `version` is at least `major.minor.patch`. */
export function isAtLeast(version: ServerBinary['version'], ...wanted: [number, number, number]): boolean {
  for (let i = 0; i < 3; i++) {
    const difference = (version[i] as number) - (wanted[i] as number);
    if (difference !== 0) return difference > 0;
  }
  return true;
}

function withVersion(path: string): ServerBinary {
  const { stdout, error } = spawnSync(path, ['--version'], { encoding: 'utf8', timeout: 10_000 });
  const found = /v?(\d+)\.(\d+)\.(\d+)/.exec(stdout ?? '');
  if (found === null) {
    throw new NatsServerError(
      `${path} does not say its version${error ? `: ${error.message}` : ''}. Is it a nats-server?`,
      {
        cause: error,
      },
    );
  }
  const [major, minor, patch] = found.slice(1).map(Number) as [number, number, number];
  if (!isAtLeast([major, minor, patch], 2, 9, 0)) {
    throw new NatsServerError(`${path} is version ${found[0]}; Aktis needs nats-server 2.9 or newer`);
  }
  return { path, version: [major, minor, patch] };
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}
