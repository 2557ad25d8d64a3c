import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { makeDirectory } from '@aktis/core/loading';

/** What this machine keeps of a cluster it has brought up: its token and certificate, readable by this user alone. */
export class KnownCluster {
  readonly directory: string;

  constructor(name: string) {
    this.directory = join(process.env.AKTIS_HOME || join(homedir(), '.aktis'), 'clusters', name);
  }

  get tokenFile(): string {
    return join(this.directory, 'token');
  }

  get caFile(): string {
    return join(this.directory, 'ca.pem');
  }

  get knownHosts(): string {
    return join(this.directory, 'known_hosts');
  }

  get token(): string | undefined {
    return read(this.tokenFile)?.trim();
  }

  get ca(): string | undefined {
    return read(this.caFile);
  }

  /** Where it was when it came up. */
  get address(): string | undefined {
    return read(join(this.directory, 'address'))?.trim();
  }

  keep({ token, ca, address }: { token: string; ca?: string | undefined; address?: string }): void {
    makeDirectory(this.directory, 0o700);
    writeFileSync(this.tokenFile, `${token}\n`, { mode: 0o600 });
    if (ca !== undefined) writeFileSync(this.caFile, ca, { mode: 0o600 });
    else if (address !== undefined) rmSync(this.caFile, { force: true });
    if (address !== undefined) writeFileSync(join(this.directory, 'address'), `${address}\n`, { mode: 0o600 });
  }
}

function read(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}
