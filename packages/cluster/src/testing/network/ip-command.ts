import { spawn } from 'node:child_process';
import { NetworkUnavailableError } from './network-error.ts';

/** Where Debian puts them, and the PATH of a plain user does not look. */
const environment: NodeJS.ProcessEnv = { PATH: `${process.env.PATH ?? ''}:/usr/sbin:/sbin`, LC_ALL: 'C' };

/**
 * Runs the commands one after the other in one process of `program`, up to the first that fails.
 *
 * @throws NetworkUnavailableError when it is not installed, or says that something cannot be done.
 */
export async function runIp(
  commands: readonly string[],
  { program = 'ip', namespace }: { readonly program?: 'ip' | 'bridge'; readonly namespace?: string } = {},
): Promise<string> {
  const [code, output, errors] = await new Promise<[number | null, string, string]>((resolve, reject) => {
    const child = spawn(program, [...(namespace === undefined ? [] : ['-n', namespace]), '-batch', '-'], {
      env: environment,
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    const told = { stdout: '', stderr: '' };
    for (const stream of ['stdout', 'stderr'] as const) {
      child[stream].setEncoding('utf8').on('data', (text: string) => {
        told[stream] += text;
      });
    }
    child.once('error', cause => {
      const message = `The command ${program} of iproute2 cannot be run (${cause.message}): apt-get install iproute2`;
      reject(new NetworkUnavailableError(message, { cause }));
    });
    child.once('close', status => resolve([status, told.stdout, told.stderr]));
    child.stdin.on('error', () => {});
    child.stdin.end(`${commands.join('\n')}\n`);
  });
  if (code === 0) return output;
  throw new NetworkUnavailableError(
    `This machine lets no test build network namespaces: ${program} said "${errors.trim().split('\n')[0]}"`,
  );
}

/** The command line that runs a program in a namespace; its process is the program's. */
export function inNamespace(namespace: string, program: string, args: readonly string[]): [string, string[]] {
  return ['ip', ['netns', 'exec', namespace, program, ...args]];
}

export { environment as ipEnvironment };
