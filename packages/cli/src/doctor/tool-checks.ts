import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import type { Check } from './check.ts';

interface Tool {
  readonly name: string;
  /** Any of these will do. */
  readonly programs: readonly string[];
  readonly neededFor: string;
  readonly install: string;
}

const tools: readonly Tool[] = [
  {
    name: 'nats-server',
    programs: ['nats-server'],
    neededFor: 'aktis start --head',
    install: 'https://github.com/nats-io/nats-server/releases, or "brew install nats-server"',
  },
  {
    name: 'ssh',
    programs: ['ssh'],
    neededFor: 'aktis up with machines of your own',
    install: 'apt-get install openssh-client',
  },
  {
    name: 'docker',
    programs: ['docker', 'podman'],
    neededFor: 'clusters in containers',
    install: 'https://docs.docker.com/engine/install',
  },
  {
    name: 'chromium',
    programs: ['chromium', 'chromium-browser', 'google-chrome'],
    neededFor: 'tests of the dashboard',
    install: 'apt-get install chromium',
  },
];

/** Programs that only some features need. */
export function toolChecks(path = process.env.PATH ?? ''): Check[] {
  return tools.map(({ name, programs, neededFor, install }) => {
    const found = programs.map(program => locate(program, path)).find(file => file !== undefined);
    return {
      name,
      status: found === undefined ? 'warning' : 'ok',
      required: false,
      detail: found ?? `not found; needed only for ${neededFor}`,
      ...(found === undefined && { fix: `install it: ${install}` }),
    };
  });
}

function locate(program: string, path: string): string | undefined {
  const endings = process.platform === 'win32' ? ['.exe', '.cmd', ''] : [''];
  return path
    .split(delimiter)
    .flatMap(folder => endings.map(ending => join(folder, program + ending)))
    .find(isExecutable);
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
