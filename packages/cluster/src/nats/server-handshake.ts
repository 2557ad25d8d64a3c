import { type Socket, connect as tcp } from 'node:net';
import { connect as secure } from 'node:tls';

/**
 * How a server at `port` receives a client: it lets it `in`, it `refused` it for its credentials, something `else`
 * listens there, or there is `nothing` (or nothing that says a word in time).
 */
export type Reception = 'in' | 'refused' | 'else' | 'nothing';

/** Says hello to a NATS server, with a token or without. What an open port alone does not tell. */
export function sayHello(host: string, port: number, token: string | undefined, timeout: number): Promise<Reception> {
  return new Promise(resolve => {
    let socket: Socket = tcp({ host: dialable(host), port });
    let text = '';
    let greeted = false;
    const end = (reception: Reception) => {
      clearTimeout(timer);
      socket.destroy();
      resolve(reception);
    };
    const timer = setTimeout(() => end(greeted || text !== '' ? 'else' : 'nothing'), timeout);

    listen(socket);

    function listen(to: Socket): void {
      to.on('error', () => end('nothing'));
      to.on('close', () => end(greeted ? 'refused' : 'else'));
      to.on('data', data => {
        text += data.toString('latin1');
        if (greeted) judge();
        else greet();
      });
    }

    function greet(): void {
      if (!text.includes('\r\n')) return;
      const info = /^INFO (\{.*\})/.exec(text)?.[1];
      if (info === undefined) {
        end('else');
        return;
      }
      greeted = true;
      text = '';
      if ((JSON.parse(info) as { tls_required?: boolean }).tls_required === true) {
        socket.removeAllListeners();
        // Whether the certificate is good is for clients to judge; this is the server we started.
        socket = secure({ socket, rejectUnauthorized: false });
        listen(socket);
      }
      const credentials = token === undefined ? {} : { auth_token: token };
      socket.write(`CONNECT ${JSON.stringify({ verbose: false, name: 'aktis-check', ...credentials })}\r\nPING\r\n`);
    }

    function judge(): void {
      if (text.includes('-ERR')) end('refused');
      else if (text.includes('PONG')) end('in');
    }
  });
}

/** Where a server that listens on `host` can be reached from here. */
function dialable(host: string): string {
  if (host === '0.0.0.0' || host === '') return '127.0.0.1';
  return host === '::' ? '::1' : host;
}
