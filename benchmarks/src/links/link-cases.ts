/** Calls and objects between two processes over a link. */
import { type Cases, inFlight, measured, oneAtATime } from '@aktis/cli/microbenchmark';
import type { Message } from '@aktis/transport';
import { connectTcp, type TcpLink } from '@aktis/transport/tcp';
import { callFields, identity, LARGE_BYTES, Op, security, startEcho } from './echo.ts';

interface Remote {
  /** Resolves with the answer. */
  call(): Promise<Message>;
  sendLarge(payload: SharedArrayBuffer): Promise<Message>;
  collect(): Promise<Message>;
  end(): Promise<void>;
}

async function connect(): Promise<Remote> {
  const echo = await startEcho('link');
  const { link } = await connectTcp({
    ...{ host: '127.0.0.1', port: echo.port, channel: 'calls' },
    ...{ identity, security },
  });
  return remoteOver(link, echo.end);
}

function remoteOver(link: TcpLink, end: () => Promise<void>): Remote {
  const waiting = new Map<number, (answer: Message) => void>();
  let last = 0;
  link.onMessages = batch => {
    for (const message of batch) {
      const id = message[0] === Op.call ? (message[1] as number) : 0;
      const resolve = waiting.get(id);
      waiting.delete(id);
      resolve?.(message);
    }
  };
  return {
    call: () =>
      new Promise(resolve => {
        last++;
        waiting.set(last, resolve);
        link.send([Op.call, last, ...callFields]);
      }),
    sendLarge: payload =>
      new Promise(resolve => {
        waiting.set(0, resolve);
        link.send([Op.large, ['', [payload], []]]);
      }),
    collect: () =>
      new Promise(resolve => {
        waiting.set(0, resolve);
        link.send([Op.collect]);
      }),
    async end() {
      link.close();
      await end();
    },
  };
}

export const cases: Cases = {
  oneAtATime: async () => {
    const { call, end } = await connect();
    return { ...oneAtATime(call), end };
  },
  inFlight: async ({ size = 1000 }) => {
    const { call, end } = await connect();
    return { ...inFlight(size, call), end };
  },
  large: async () => {
    const { sendLarge, collect, end } = await connect();
    const payload = new SharedArrayBuffer(LARGE_BYTES);
    new Uint8Array(payload).fill(1);
    const round = measured(async () => {
      await collect();
      const start = performance.now();
      await sendLarge(payload);
      return { value: LARGE_BYTES / 1e6 / (performance.now() - start) };
    });
    return { ...round, end };
  },
};
