// The process that carries the packets of a test network from host to host. Kernels hand them to it in VXLAN, as they
// would to another machine; so what it drops or delays is dropped or delayed for the TCP of both ends.
import { createSocket } from 'node:dgram';
import { setTimeout } from 'node:timers';
import { FrameSwitch, readdress } from './frame-switch.ts';

/** Pairs of hosts, by their numbers. */
export type ToSwitch = { readonly id: number } & (
  | {
      readonly op: 'open';
      readonly listen: string;
      readonly port: number;
      readonly kernel: string;
      readonly kernelPort: number;
    }
  | { readonly op: 'cut'; readonly pairs: readonly (readonly [number, number])[] }
  | { readonly op: 'delay'; readonly pairs: readonly (readonly [number, number])[]; readonly milliseconds: number }
  | { readonly op: 'heal' }
);

export interface FromSwitch {
  readonly done: number;
  readonly failure?: string;
}

/** What arrives while this process has no CPU waits; beyond this it is lost, as in any network. */
const BUFFER_BYTES = 4 * 2 ** 20;

const wires = new FrameSwitch();
const socket = createSocket('udp4');
process.once('disconnect', () => process.exit());
process.on('message', (message: ToSwitch) => {
  const done = (failure?: string) =>
    process.send?.({ done: message.id, ...(failure && { failure }) } satisfies FromSwitch);
  switch (message.op) {
    case 'open':
      open(message, done);
      return;
    case 'cut':
      for (const [one, other] of message.pairs) wires.cut(one, other);
      break;
    case 'delay':
      for (const [one, other] of message.pairs) wires.delay(one, other, message.milliseconds);
      break;
    case 'heal':
      wires.heal();
  }
  done();
});

function open({ listen, port, kernel, kernelPort }: ToSwitch & { op: 'open' }, done: (failure?: string) => void): void {
  socket.on('message', frame => {
    const delivery = wires.delivery(frame);
    if (delivery === undefined) return;
    const { from, to, delay } = delivery;
    const deliver = () => {
      // What is on its way when a cable is cut does not arrive either.
      if (!wires.isCut(from, to)) socket.send(frame, kernelPort, kernel, () => {});
    };
    readdress(frame, to);
    if (delay === 0) deliver();
    else setTimeout(deliver, delay);
  });
  socket.once('error', error => done(error.message));
  socket.bind(port, listen, () => {
    socket.setRecvBufferSize(BUFFER_BYTES);
    socket.setSendBufferSize(BUFFER_BYTES);
    done();
  });
}
