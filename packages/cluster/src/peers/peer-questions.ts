import { clearTimeout, setTimeout } from 'node:timers';
import { type NodeAnswer, type NodeAsk, NodeDiedError, NodeOp, NodeSilentError } from '@aktis/core';
import type { LocalAnswers } from '../questions/local-answers.ts';
import { decodeFailure, encodeFailure } from '../request-failure.ts';
import type { Peer } from './peer.ts';

/** Answers with more characters than this go where calls do not wait behind them. */
const BULKY = 64 * 1024;

/** A question on its way. */
interface AskedQuestion {
  readonly peer: Peer;
  readonly timer: NodeJS.Timeout;
  resolve(value: unknown): void;
  reject(error: Error): void;
}

/** Questions that nodes ask each other over their link. */
export class PeerQuestions {
  readonly #local: LocalAnswers;
  readonly #asked = new Map<number, AskedQuestion>();
  #requests = 0;

  /** @param local what other nodes are answered */
  constructor(local: LocalAnswers) {
    this.#local = local;
  }

  /**
   * Asks another node what it would answer its own driver, for itself alone; answers are plain data. Rejects with
   * `NodeSilentError` when `limit` (ms) is up.
   */
  ask(peer: Peer, question: string, value: unknown, limit: number): Promise<unknown> {
    const request = this.#requests++;
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#asked.delete(request);
        const late = `Node ${peer.nodeId} did not answer '${question}' within ${limit} ms: it is frozen, or busy. Try again`;
        reject(new NodeSilentError(`${late}, or see listNodes()`));
      }, limit).unref();
      this.#asked.set(request, { peer, timer, resolve, reject });
      peer.send([NodeOp.Ask, request, question, JSON.stringify(value ?? null)]);
    });
  }

  answered([, request, ok, value]: NodeAnswer): void {
    const asked = this.#asked.get(request);
    if (asked === undefined) return;
    this.#asked.delete(request);
    clearTimeout(asked.timer);
    if (ok === 1) asked.resolve(JSON.parse(value));
    else asked.reject(decodeFailure(value));
  }

  /** `peer` will answer nothing any more. */
  forget(peer: Peer, reason: string): void {
    for (const [request, asked] of this.#asked) {
      if (asked.peer !== peer) continue;
      this.#asked.delete(request);
      clearTimeout(asked.timer);
      asked.reject(new NodeDiedError(`Node ${peer.nodeId} did not answer: ${reason}`));
    }
  }

  async answer(peer: Peer, [, request, question, value]: NodeAsk): Promise<void> {
    try {
      const answer = JSON.stringify((await this.#local.of(question, JSON.parse(value))) ?? null);
      const message = [NodeOp.Answer, request, 1, answer] as const;
      if (answer.length > BULKY) peer.sendBulk(message);
      else peer.send(message);
    } catch (error) {
      peer.send([NodeOp.Answer, request, 0, encodeFailure(error)]);
    }
  }
}
