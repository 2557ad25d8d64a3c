import { types } from 'node:util';
import type { Message } from '../link.ts';
import type { Part } from './frame.ts';

/** Longer strings travel beside the text: most are JSON themselves, and writing JSON into JSON takes its time. */
const INLINE_STRING = 1024;

/**
 * What stands in the text for what JSON cannot carry: the part with this number, or one of the few other values. Fields
 * of messages are never objects, so there is no confusing them.
 */
type StandIn = { readonly part: number } | { readonly value: keyof typeof special };

const special = {
  undefined: undefined,
  NaN: Number.NaN,
  Infinity: Number.POSITIVE_INFINITY,
  '-Infinity': Number.NEGATIVE_INFINITY,
  '-0': -0,
};

/** Gathers messages for one frame. */
export class OutgoingBatch {
  /** About how long the frame will be. */
  bytes = 0;
  messages = 0;
  readonly parts: Part[] = [];
  hasStandIns = false;
  readonly #flat: unknown[] = [];
  #beforeLast = { fields: 0, parts: 0 };

  /** @throws TypeError when a field cannot travel; the batch is then as it was before */
  add(message: Message): void {
    const flat = this.#flat;
    this.#beforeLast.fields = flat.length;
    this.#beforeLast.parts = this.parts.length;
    try {
      flat.push(message.length);
      for (let i = 0; i < message.length; i++) flat.push(this.#carried(message[i]));
    } catch (error) {
      this.#cut();
      throw error;
    }
    this.bytes += 8;
    this.messages++;
  }

  /** Takes back what was added last. */
  removeLast(): void {
    this.#cut();
    this.messages--;
  }

  text(): string {
    return JSON.stringify(this.#flat);
  }

  #cut(): void {
    this.#flat.length = this.#beforeLast.fields;
    this.parts.length = this.#beforeLast.parts;
  }

  #carried(field: unknown): unknown {
    switch (typeof field) {
      case 'number':
        this.bytes += 8;
        if (Number.isFinite(field) && !Object.is(field, -0)) return field;
        return this.#standIn({ value: Object.is(field, -0) ? '-0' : (String(field) as keyof typeof special) });
      case 'string':
        this.bytes += field.length;
        return field.length <= INLINE_STRING ? field : this.#part(field);
      case 'boolean':
        return field;
      case 'undefined':
        return this.#standIn({ value: 'undefined' });
      case 'object':
        if (field === null) return null;
        if (Array.isArray(field)) return this.#list(field);
        if (types.isUint8Array(field) || types.isSharedArrayBuffer(field)) {
          this.bytes += field.byteLength;
          return this.#part(field);
        }
    }
    throw new TypeError(`a field of type ${typeOf(field)} could not be written`);
  }

  /** Itself, unless something in it needs a stand-in. */
  #list(list: readonly unknown[]): readonly unknown[] {
    this.bytes += 8;
    let copy: unknown[] | undefined;
    for (let i = 0; i < list.length; i++) {
      const carried = this.#carried(list[i]);
      if (carried === list[i]) continue;
      copy ??= [...list];
      copy[i] = carried;
    }
    return copy ?? list;
  }

  #part(part: Part): StandIn {
    return this.#standIn({ part: this.parts.push(part) - 1 });
  }

  #standIn(standIn: StandIn): StandIn {
    this.hasStandIns = true;
    return standIn;
  }
}

function typeOf(field: unknown): string {
  return typeof field === 'object' ? Object.prototype.toString.call(field).slice(8, -1) : typeof field;
}

/** What arrived is a frame, but no batch. */
class BrokenBatchError extends Error {}

/** @throws BrokenBatchError, or SyntaxError when the text is no JSON */
export function messagesOf(text: string, parts: readonly Part[], hasStandIns: boolean): Message[] {
  const flat: unknown = JSON.parse(text);
  if (!Array.isArray(flat)) throw new BrokenBatchError('a batch is not an array');
  const messages: Message[] = [];
  for (let at = 0; at < flat.length; ) {
    const length = flat[at];
    const end = at + 1 + length;
    if (!Number.isInteger(length) || length < 1 || end > flat.length) {
      throw new BrokenBatchError('a message does not fit into its batch');
    }
    const message = flat.slice(at + 1, end);
    if (typeof message[0] !== 'number') throw new BrokenBatchError('a message does not begin with a number');
    if (hasStandIns) replaceStandIns(message, parts);
    messages.push(message as unknown as Message);
    at = end;
  }
  return messages;
}

/** The message that is alone in its batch and ends with its only part, which has yet to come and is empty here. */
export function messageBeforeItsPart(text: string): Message | undefined {
  const part = new Uint8Array(0);
  try {
    const [message, ...others] = messagesOf(text, [part], true);
    return others.length === 0 && message?.at(-1) === part ? message : undefined;
  } catch {
    return undefined; // The link says what is wrong when all of it is there.
  }
}

function replaceStandIns(list: unknown[], parts: readonly Part[]): void {
  for (let i = 0; i < list.length; i++) {
    const field = list[i];
    if (typeof field !== 'object' || field === null) continue;
    if (Array.isArray(field)) replaceStandIns(field, parts);
    else list[i] = meaningOf(field as Partial<Record<'part' | 'value', unknown>>, parts);
  }
}

function meaningOf({ part, value }: Partial<Record<'part' | 'value', unknown>>, parts: readonly Part[]): unknown {
  const found = typeof part === 'number' ? parts[part] : undefined;
  if (found !== undefined) return found;
  if (typeof value === 'string' && Object.hasOwn(special, value)) return special[value as keyof typeof special];
  throw new BrokenBatchError('a batch names a part that it does not have');
}
