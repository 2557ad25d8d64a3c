import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

/** `collect`: the other end throws away what it got. V8 does not count shared memory, and would let it grow. */
export const Op = { call: 10, large: 1, collect: 2 } as const;

/** What a call of `add(1, 2)` is on the wire, but for its number. */
export const callFields = [0, 17, 3, '[1,2]', null, 0] as const;

export const LARGE_BYTES = 64 * 1024 * 1024;

export const identity = { nodeId: 'benchmark', version: '1.0.0' };
export const security = { token: 'benchmark' };

export type EchoKind = 'link' | 'raw' | 'raw, gathering';

export interface EchoProcess {
  readonly port: number;
  end(): Promise<void>;
}

export async function startEcho(kind: EchoKind): Promise<EchoProcess> {
  const child = fork(fileURLToPath(new URL('./echo-process.js', import.meta.url)), [kind]);
  const [port] = await once(child, 'message');
  return {
    port: Number(port),
    async end() {
      child.disconnect();
      await once(child, 'exit');
    },
  };
}
