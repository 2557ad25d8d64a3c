/** The same between two bare sockets of node:net. */
import { once } from 'node:events';
import { connect as connectSocket, type Socket } from 'node:net';
import { type Cases, inFlight, measured, oneAtATime } from '@aktis/cli/microbenchmark';
import { callFields, type EchoKind, LARGE_BYTES, Op, startEcho } from './echo.ts';

async function connect(kind: EchoKind = 'raw'): Promise<{ socket: Socket; end(): Promise<void> }> {
  const echo = await startEcho(kind);
  const socket = connectSocket({ host: '127.0.0.1', port: echo.port, noDelay: true });
  await once(socket, 'connect');
  return {
    socket,
    async end() {
      socket.destroy();
      await echo.end();
    },
  };
}

const call = Buffer.from(JSON.stringify([Op.call, 1, ...callFields]));

function large(kind: EchoKind) {
  return async () => {
    const { socket, end } = await connect(kind);
    const payload = Buffer.alloc(LARGE_BYTES, Op.large);
    const answer = async (bytes: Buffer) => {
      const answered = once(socket, 'data');
      socket.write(bytes);
      await answered;
    };
    const round = measured(async () => {
      await answer(Buffer.of(Op.collect));
      const start = performance.now();
      await answer(payload);
      return { value: LARGE_BYTES / 1e6 / (performance.now() - start) };
    });
    return { ...round, end };
  };
}

export const cases: Cases = {
  oneAtATime: async () => {
    const { socket, end } = await connect();
    let resolve: () => void = () => {};
    socket.on('data', () => resolve());
    const ping = () =>
      new Promise<void>(done => {
        resolve = done;
        socket.write(call);
      });
    return { ...oneAtATime(ping), end };
  },

  /** One write for each call; whatever comes back is counted. */
  inFlight: async ({ size = 1000 }) => {
    const { socket, end } = await connect();
    const waiting: (() => void)[] = [];
    let first = 0;
    let bytes = 0;
    socket.on('data', chunk => {
      bytes += chunk.length;
      for (; bytes >= call.length; bytes -= call.length) waiting[first++]?.();
      if (first === waiting.length) first = waiting.length = 0;
    });
    const ping = () =>
      new Promise<void>(resolve => {
        waiting.push(resolve);
        socket.write(call);
      });
    return { ...inFlight(size, ping), end };
  },

  large: large('raw, gathering'),
  largeDropped: large('raw'),
};
