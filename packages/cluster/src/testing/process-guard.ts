import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';

/**
 * Keeps a list of processes, and ends what is on it when its input ends: frozen ones, too, which hear nothing else. Then it
 * removes the network namespaces it was told of.
 */
const script = `
pids=
namespaces=
while read -r change; do
  case $change in
    +*) pids="$pids \${change#+}" ;;
    -*) kept=; for pid in $pids; do [ "$pid" = "\${change#-}" ] || kept="$kept $pid"; done; pids=$kept ;;
    @*) namespaces="$namespaces \${change#@}" ;;
  esac
done
for pid in $pids; do kill -KILL "$pid" 2>/dev/null; done
for namespace in $namespaces; do PATH="$PATH:/usr/sbin:/sbin" ip netns delete "$namespace" 2>/dev/null; done
rm -rf "$1"`;

/** Sees to it that processes, network namespaces and a directory do not outlive this process, however it ends. */
export class ProcessGuard {
  readonly #guard: ChildProcess;

  constructor(directory: string) {
    // A process group of its own: Ctrl-C must not end it.
    this.#guard = spawn('/bin/sh', ['-c', script, 'aktis-guard', directory], {
      detached: true,
      env: { PATH: process.env.PATH },
      stdio: ['pipe', 'ignore', 'ignore'],
    });
    this.#guard.on('error', () => {});
    this.#guard.stdin?.on('error', () => {});
    this.#guard.unref();
    (this.#guard.stdin as unknown as { unref?(): void } | null)?.unref?.();
  }

  watch(pid: number): void {
    this.#guard.stdin?.write(`+${pid}\n`);
  }

  /** It has ended: its number may be another's soon. */
  forget(pid: number): void {
    this.#guard.stdin?.write(`-${pid}\n`);
  }

  /** One that will be made. */
  watchNamespace(name: string): void {
    this.#guard.stdin?.write(`@${name}\n`);
  }

  /** Ends what is left. */
  async end(): Promise<void> {
    if (this.#guard.exitCode !== null) return;
    this.#guard.ref();
    this.#guard.stdin?.end();
    await once(this.#guard, 'exit');
  }
}
