import { homedir } from 'node:os';
import { join, resolve } from 'node:path';

/** Where Aktis keeps what belongs to this user on this machine: `AKTIS_HOME`, else `~/.aktis`. */
export function aktisHome(): string {
  const { AKTIS_HOME } = process.env;
  return AKTIS_HOME ? resolve(AKTIS_HOME) : join(homedir(), '.aktis');
}
