import { InvalidOptionError, NodeDiedError } from '@aktis/core';
import type { Membership } from '../membership/index.ts';
import type { Peer } from '../peers/peer.ts';
import type { LocalAnswers } from './local-answers.ts';

/** How long each node may take. */
const ANSWER_LIMIT_MS = 2_000;
/** One that has not been heard of for seconds hardly answers: it must not hold up what others know. */
const SUSPECT_LIMIT_MS = 250;
/** The first digits of ids say which node made them. */
const PREFIX = 8;

/** What the living nodes answered. */
export interface Answers<Answer> {
  /** By node. */
  readonly of: ReadonlyMap<string, Answer>;
  /** Those that did not answer. */
  readonly missing: readonly string[];
}

interface FanOutParts {
  readonly local: LocalAnswers;
  readonly membership: Membership;
  peer(nodeId: string): Peer | undefined;
  /** Asks over the link; rejects when `limit` (ms) is up, or the node is gone. */
  ask(peer: Peer, question: string, value: unknown, limit: number): Promise<unknown>;
}

/** Asks nodes and drivers of the cluster, this one too, what each knows of itself. */
export class FanOut {
  readonly #parts: FanOutParts;

  constructor(parts: FanOutParts) {
    this.#parts = parts;
  }

  /** Rejects only with what this node's own answer rejects with: such as that the question makes no sense. */
  async askAll<Answer>(question: string, value: unknown, limit = ANSWER_LIMIT_MS): Promise<Answers<Answer>> {
    const answers = new Map<string, Answer>();
    const missing = await this.askEach<Answer>(question, value, limit, (answer, nodeId) => answers.set(nodeId, answer));
    return { of: answers, missing };
  }

  /** The same, and tells each answer as it comes. Resolves to those that did not answer. */
  async askEach<Answer>(
    question: string,
    value: unknown,
    limit: number,
    told: (answer: Answer, nodeId: string) => void,
  ): Promise<string[]> {
    const { local, membership } = this.#parts;
    const missing: string[] = [];
    const asked = [...membership.living()].map(async ({ record: { nodeId }, isSuspect }) => {
      if (nodeId === membership.self.nodeId) {
        told((await local.of(question, value)) as Answer, nodeId);
        return;
      }
      try {
        told((await this.#ask(nodeId, question, value, isSuspect ? SUSPECT_LIMIT_MS : limit)) as Answer, nodeId);
      } catch {
        // Who has died meanwhile is missed by nobody.
        if (membership.get(nodeId) !== undefined) missing.push(nodeId);
      }
    });
    await Promise.all(asked);
    return missing;
  }

  /** Rejects with what that node's answer rejects with, or with `NodeDiedError` or `NodeSilentError`. */
  async askOne<Answer>(nodeId: string, question: string, value: unknown, limit = ANSWER_LIMIT_MS): Promise<Answer> {
    const { local, membership } = this.#parts;
    if (nodeId === membership.self.nodeId) return local.of(question, value) as Promise<Answer>;
    return (await this.#ask(nodeId, question, value, limit)) as Answer;
  }

  /** The node that has the worker, task or actor of this id, or had it. */
  nodeOf(id: string): string {
    const { membership } = this.#parts;
    const living = [...membership.living()].map(({ record }) => record);
    for (const { nodeId } of [...living, ...membership.dead()]) {
      if (id.length > PREFIX && nodeId.startsWith(id.slice(0, PREFIX))) return nodeId;
    }
    throw new InvalidOptionError(`Nothing in the cluster has the id ${id}: ids are those of listWorkers and listNodes`);
  }

  #ask(nodeId: string, question: string, value: unknown, limit: number): Promise<unknown> {
    const { membership, peer, ask } = this.#parts;
    const found = peer(nodeId);
    if (found !== undefined) return ask(found, question, value, limit);
    const record = membership.record(nodeId);
    if (record === undefined) throw new InvalidOptionError(`No node ${nodeId} is known: ids are those of listNodes`);
    throw new NodeDiedError(`Node ${record.name} (${nodeId}) is gone: ${record.deathReason ?? 'it left'}`);
  }
}
