import type { MessagePort, Transferable } from 'node:worker_threads';

/** What a host gives its worker to connect with, under `workerData.aktis`. */
export interface Handshake {
  readonly link: MessagePort;
  readonly control: MessagePort;
  readonly traffic: SharedArrayBuffer;
  readonly data: unknown;
}

export interface HandshakeData {
  readonly aktis: Handshake;
}

export function transferOf({ link, control }: Handshake): Transferable[] {
  return [link, control];
}
