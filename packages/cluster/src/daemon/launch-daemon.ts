import { spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { AktisError } from '@aktis/core';
import { decodeFailure } from '../request-failure.ts';
import type { DaemonFacts, DaemonSettings } from './settings.ts';

/**
 * Starts a daemon that outlives this process. Resolves when it is usable; rejects with why it is not. `waiting` is told what
 * it waits for, when that takes other machines.
 */
export async function launchDaemon(
  settings: DaemonSettings,
  waiting: (text: string) => void = () => {},
): Promise<DaemonFacts> {
  const logFile = join(settings.directory, 'daemon.log');
  const log = openSync(logFile, 'a', 0o600);
  const daemon = spawn(process.execPath, [fileURLToPath(new URL('./main.js', import.meta.url))], {
    detached: true,
    stdio: ['ignore', log, log, 'ipc'],
  });
  closeSync(log);
  try {
    return await new Promise<DaemonFacts>((resolve, reject) => {
      daemon.once('error', reject);
      daemon.once('exit', (code, signal) => {
        reject(new AktisError(`The node ended while it started (${signal ?? `exit code ${code}`}); see ${logFile}`));
      });
      daemon.on('message', (told: { facts?: DaemonFacts; failure?: string; waiting?: string }) => {
        if (told.waiting !== undefined) waiting(told.waiting);
        if (told.facts !== undefined) resolve(told.facts);
        if (told.failure !== undefined) reject(decodeFailure(told.failure));
      });
      // By IPC: arguments and environments of processes can be seen by others.
      daemon.send(settings);
    });
  } finally {
    daemon.removeAllListeners();
    if (daemon.connected) daemon.disconnect();
    daemon.unref();
  }
}
