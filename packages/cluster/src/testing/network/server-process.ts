// The process of a control server on a host of its own: what `aktis start --head --host …` runs, without the node beside it.
import { ControlServer } from '../../daemon/control-server.ts';
import { encodeFailure } from '../../request-failure.ts';

export type ToServerProcess =
  | {
      readonly op: 'start';
      readonly directory: string;
      readonly host: string;
      readonly port: number;
      readonly token: string;
    }
  /** `kill -9`. */
  | { readonly op: 'kill' };

export type FromServerProcess =
  | { readonly address: string; readonly ca: string }
  | { readonly killed: true }
  | { readonly failure: string };

let server: ControlServer | undefined;
const tell = (message: FromServerProcess) => process.send?.(message);

process.once('disconnect', () => process.exit(1));
process.once('SIGTERM', () => void Promise.resolve(server?.stop()).finally(() => process.exit(0)));
process.on('message', (message: ToServerProcess) => {
  const work = message.op === 'start' ? start(message) : kill();
  work.then(tell, error => tell({ failure: encodeFailure(error) }));
});

async function start({ op: _, port, ...settings }: ToServerProcess & { op: 'start' }): Promise<FromServerProcess> {
  const role = { port, tls: true };
  server = await ControlServer.start(
    { ...settings, isHead: true, server: role },
    () => {},
    () => {},
  );
  return { address: server.address, ca: server.access.ca as string };
}

async function kill(): Promise<FromServerProcess> {
  process.kill(server?.server.pid as number, 'SIGKILL');
  // It would be started again.
  await server?.stop();
  return { killed: true };
}
