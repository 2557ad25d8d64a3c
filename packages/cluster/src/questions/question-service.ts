import { randomBytes } from 'node:crypto';
import { clearTimeout, setTimeout } from 'node:timers';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { AktisError, type Node } from '@aktis/core';
import type { ControlStore } from '../control-store.ts';
import { maxValueBytes } from '../control-store-limits.ts';

/** Bytes in one message: as text they are a third more. */
const SLICE = Math.floor(maxValueBytes * 0.7);
/** So long an asker waits before it hears that the node is still at it. */
const PATIENCE_MS = 1_000;
/** So long an answer is kept for an asker that does not fetch it. */
const KEPT_MS = 30_000;

/** What a command asks a node: a question, or (with `ticket`) the rest of the answer to an earlier one. */
export type ServiceRequest =
  | { readonly question: string; readonly value: unknown }
  | { readonly ticket: string; readonly offset: number };

/** Without `data`: the answer is not there yet. */
export interface ServiceAnswer {
  readonly ticket: string;
  /** Base64; all slices together are the gzipped JSON of the answer. Undefined: ask again. */
  readonly data?: string;
  readonly isEnd?: boolean;
  /** The ticket is unknown: this process is not the one that gave it out. */
  readonly isForgotten?: boolean;
}

interface Kept {
  readonly answer: Promise<Buffer>;
  timer: NodeJS.Timeout;
}

export function questionSubject(nodeId: string): string {
  return `node.${nodeId}.ask`;
}

/** Answers processes that are no members what `node` would answer its own driver. Returns what ends it. */
export function serveQuestions(store: ControlStore, node: Node): () => void {
  const answers = new Map<string, Kept>();

  function keep(question: string, value: unknown): string {
    const ticket = randomBytes(8).toString('hex');
    const answer = packed(node, question, value);
    // Whoever asks for it learns of a failure.
    answer.catch(() => {});
    answers.set(ticket, { answer, timer: expiry(ticket) });
    return ticket;
  }

  function expiry(ticket: string): NodeJS.Timeout {
    return setTimeout(() => answers.delete(ticket), KEPT_MS).unref();
  }

  async function answerTo(request: ServiceRequest): Promise<ServiceAnswer> {
    const ticket = 'ticket' in request ? request.ticket : keep(request.question, request.value);
    const offset = 'ticket' in request ? request.offset : 0;
    const kept = answers.get(ticket);
    if (kept === undefined) return { ticket, isForgotten: true };
    clearTimeout(kept.timer);
    kept.timer = expiry(ticket);
    const content = await within(PATIENCE_MS, kept.answer);
    if (content === undefined) return { ticket };
    const slice = content.subarray(offset, offset + SLICE);
    const isEnd = offset + slice.length >= content.length;
    if (isEnd) {
      clearTimeout(kept.timer);
      answers.delete(ticket);
    }
    return { ticket, data: slice.toString('base64'), isEnd };
  }

  const end = store.serve(questionSubject(node.id), async message =>
    JSON.stringify(await answerTo(JSON.parse(message) as ServiceRequest)),
  );
  return () => {
    end();
    for (const { timer } of answers.values()) clearTimeout(timer);
    answers.clear();
  };
}

/** What `node` would answer its own driver. */
export async function ask(node: Node, question: string, value: unknown): Promise<unknown> {
  const answer = node.questions.get(question);
  if (answer === undefined) throw new AktisError(`Nodes of this version do not know the question '${question}'`);
  return answer(value as never, { thread: null, task: null });
}

async function packed(node: Node, question: string, value: unknown): Promise<Buffer> {
  const answer = await ask(node, question, value);
  // One character of JSON is about a byte, and most of it repeats itself.
  return promisify(gzip)(JSON.stringify(answer ?? null), { level: 1 });
}

/** Undefined: it takes longer. */
async function within<T>(milliseconds: number, work: Promise<T>): Promise<T | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<undefined>(resolve => {
    timer = setTimeout(resolve, milliseconds, undefined);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
