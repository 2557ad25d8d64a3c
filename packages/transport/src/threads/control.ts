import { createRequire } from 'node:module';
import type { MessagePort, Transferable } from 'node:worker_threads';
import type { Endpoint, Remote } from 'comlink';

// As it was before user code could replace it.
const { queueMicrotask } = globalThis;

type Listener = Parameters<Endpoint['addEventListener']>[1];

/** Comlink is loaded by the first use of a control port: starting a thread must not wait for it. */
const require = createRequire(import.meta.url);
const comlink = (): typeof import('comlink') => require('comlink');

/** How Comlink marks calls and answers: both carry the id of the call. */
interface Identified {
  readonly id?: string;
}

/**
 * The host's end of a control port. Comlink knows nothing of peers that die: this endpoint answers for them, so that
 * no call waits for ever.
 */
class ControlEndpoint implements Endpoint {
  readonly #port: MessagePort;
  readonly #listeners = new Set<Listener>();
  readonly #unanswered = new Set<string>();
  #lost: string | undefined;

  constructor(port: MessagePort) {
    this.#port = port;
    port.on('message', (data: Identified) => {
      if (data.id !== undefined) this.#unanswered.delete(data.id);
      this.#dispatch(data);
    });
    port.unref();
  }

  postMessage(message: Identified, transfer?: readonly unknown[]): void {
    const { id } = message;
    if (this.#lost === undefined) {
      if (id !== undefined) this.#unanswered.add(id);
      this.#port.postMessage(message, transfer as Transferable[]);
    } else if (id !== undefined) queueMicrotask(() => this.#refuse(id));
  }

  addEventListener(_type: string, listener: Listener): void {
    this.#listeners.add(listener);
  }

  removeEventListener(_type: string, listener: Listener): void {
    this.#listeners.delete(listener);
  }

  lost(message: string): void {
    this.#lost = message;
    this.#port.close();
    for (const id of this.#unanswered) this.#refuse(id);
    this.#unanswered.clear();
  }

  #refuse(id: string): void {
    const message = `The worker thread cannot answer: it ${this.#lost}`;
    this.#dispatch({ id, type: 'HANDLER', name: 'throw', value: { isError: true, value: { message, name: 'Error' } } });
  }

  #dispatch(data: object): void {
    const event = { data } as MessageEvent;
    for (const listener of this.#listeners) {
      if (typeof listener === 'function') listener(event);
      else listener.handleEvent(event);
    }
  }
}

/** The host's view of what its worker exposes. */
export class Control<C extends object> {
  readonly #port: MessagePort;
  #endpoint: ControlEndpoint | undefined;
  #remote: Remote<C> | undefined;
  #lost: string | undefined;

  constructor(port: MessagePort) {
    this.#port = port;
  }

  get remote(): Remote<C> {
    if (this.#remote === undefined) {
      this.#endpoint = new ControlEndpoint(this.#port);
      if (this.#lost !== undefined) this.#endpoint.lost(this.#lost);
      this.#remote = comlink().wrap<C>(this.#endpoint);
    }
    return this.#remote;
  }

  /** Rejects calls without an answer, and all later ones. */
  lost(message: string): void {
    this.#lost = message;
    if (this.#endpoint === undefined) this.#port.close();
    else this.#endpoint.lost(message);
  }
}

/** The worker's side: exposes `control` when the first call comes in. The port alone does not keep the worker running. */
export function exposeControl(port: MessagePort, control: object): void {
  const listeners = new Set<Listener>();
  port.on('message', data => {
    if (listeners.size === 0) {
      comlink().expose(control, {
        postMessage: (message, transfer) => port.postMessage(message, transfer as Transferable[]),
        addEventListener: (_type, listener) => listeners.add(listener),
        removeEventListener: (_type, listener) => listeners.delete(listener),
      });
    }
    for (const listener of listeners) {
      if (typeof listener === 'function') listener({ data } as MessageEvent);
      else listener.handleEvent({ data } as MessageEvent);
    }
  });
  port.unref();
}
