/**
 * The other end of the links, in a process of its own. Its only argument is an `EchoKind`. It tells its parent its
 * port, and ends with it.
 */
import { createServer, type Socket } from 'node:net';
import { collectGarbage } from '@aktis/cli/microbenchmark';
import type { Link } from '@aktis/transport';
import { listenTcp } from '@aktis/transport/tcp';
import { identity, LARGE_BYTES, Op, security } from './echo.ts';

function echoMessages(link: Link): void {
  link.onMessages = batch => {
    for (const message of batch) {
      if (message[0] === Op.call) link.send(message);
      else if (message[0] === Op.large) link.send([Op.large]);
      else void collectGarbage().then(() => link.send([Op.collect]));
    }
  };
}

/** Small things come back at once; a large one is dropped, or gathered in new memory as a link has to, and answered. */
function echoBytes(gathers: boolean): (socket: Socket) => void {
  return socket => {
    let large: Buffer | undefined;
    let received = 0;
    socket.on('data', chunk => {
      if (received === 0 && chunk[0] !== Op.large) {
        if (chunk[0] === Op.collect) void collectGarbage().then(() => socket.write(chunk));
        else socket.write(chunk);
        return;
      }
      if (gathers) {
        large ??= Buffer.allocUnsafeSlow(LARGE_BYTES);
        chunk.copy(large, received);
      }
      received += chunk.length;
      if (received < LARGE_BYTES) return;
      received = 0;
      large = undefined;
      socket.write(Buffer.of(Op.large));
    });
  };
}

async function listen(): Promise<number> {
  if (process.argv[2] === 'link') {
    const { port } = await listenTcp({ host: '127.0.0.1', identity, security, onLink: echoMessages });
    return port;
  }
  const server = createServer({ noDelay: true }, echoBytes(process.argv[2] === 'raw, gathering'));
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as { port: number }).port;
}

process.on('disconnect', () => process.exit());
process.send?.(await listen());
