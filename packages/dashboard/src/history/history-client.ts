import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { AktisError, InvalidOptionError } from '@aktis/core';
import type { PastSession, PastSessions } from '../api-types.ts';
import type { HistoryBatch, SessionFacts } from './history-batch.ts';
import type { HistoryAnswer, HistoryRequest, HistorySettings } from './thread-messages.ts';

interface Waiting {
  resolve(value: unknown): void;
  reject(error: Error): void;
}

/** The thread of a history, as the rest of the process sees it. It is started by the first question. */
export class HistoryClient {
  readonly #settings: HistorySettings;
  readonly #waiting = new Map<number, Waiting>();
  #thread: Worker | undefined;
  #count = 0;

  constructor(settings: HistorySettings) {
    this.#settings = settings;
  }

  /** Resolves to the path of the file. */
  begin(facts: SessionFacts): Promise<string> {
    return this.#send({ type: 'begin', facts });
  }

  write(batch: HistoryBatch): Promise<void> {
    return this.#send({ type: 'write', batch: JSON.stringify(batch) });
  }

  /** Says that the session has ended properly. */
  end(at: number): Promise<void> {
    return this.#send({ type: 'end', at });
  }

  sessions(): Promise<PastSessions> {
    return this.#send({ type: 'sessions' });
  }

  session(sessionId: string): Promise<PastSession | undefined> {
    return this.#send({ type: 'session', sessionId });
  }

  /** What a node of that session would have answered. Undefined: the past does not know. */
  ask(sessionId: string, question: string, value: unknown): Promise<unknown> {
    return this.#send({ type: 'ask', sessionId, question, value });
  }

  async close(): Promise<void> {
    const thread = this.#thread;
    if (thread === undefined) return;
    await this.#send({ type: 'close' }).catch(() => {});
    await thread.terminate();
  }

  #send<Answer>(request: HistoryRequest): Promise<Answer> {
    this.#thread ??= this.#start();
    const id = ++this.#count;
    const answer = new Promise<unknown>((resolve, reject) => this.#waiting.set(id, { resolve, reject }));
    // A program that ends waits for what it has asked, and for nothing else.
    this.#thread.ref();
    this.#thread.postMessage([id, request]);
    return answer as Promise<Answer>;
  }

  #start(): Worker {
    const file = fileURLToPath(import.meta.url);
    const thread = new Worker(new URL(`./history-thread${extname(file)}`, import.meta.url), {
      name: 'aktis history',
      workerData: this.#settings,
      // What the program preloads is none of its business.
      execArgv: [],
    });
    thread.on('message', ([id, answer]: [number, HistoryAnswer]) => {
      const waiting = this.#waiting.get(id);
      this.#waiting.delete(id);
      if (this.#waiting.size === 0) thread.unref();
      if ('error' in answer) waiting?.reject(errorOf(answer));
      else waiting?.resolve(answer.value);
    });
    thread.on('error', error => this.#ended(error));
    thread.on('exit', () => this.#ended(new Error('its thread has ended')));
    return thread;
  }

  /** Nobody waits for what will not come; the next question starts another thread. */
  #ended(error: unknown): void {
    this.#thread = undefined;
    const failure = new AktisError(`The history is gone: ${(error as Error).message}`);
    for (const { reject } of this.#waiting.values()) reject(failure);
    this.#waiting.clear();
  }
}

function errorOf({ error, code }: Extract<HistoryAnswer, { error: string }>): Error {
  return code === 'ERR_AKTIS_INVALID_OPTION' ? new InvalidOptionError(error) : new AktisError(error);
}
