/// <reference types="jest" />
import { Codec } from '../codec/codec.ts';
import { noReferences } from '../codec/reference-adapter.ts';
import { codecReady } from '../codec/rich-path.ts';
import type { CloseReason, Link, Message } from '../link.ts';
import type { Payload } from '../payload.ts';
import { Op } from './peer.ts';
import { everyKindOfValue } from './values.ts';

/** A link whose other end runs `runConformancePeer`, wherever that is. */
export interface ConformancePair {
  readonly here: Link;
  /** Ends the peer without a goodbye; absent when it lives in this thread. */
  die?(): void | Promise<void>;
  /** Releases what the pair holds. */
  end(): Promise<void>;
}

/**
 * The tests every transport must pass, so that a value, an error and an order mean the same on each. Call it at the top
 * level of a jest test file.
 *
 * @example
 * linkConformance('inline', async () => {
 *   const [here, there] = inlineLinkPair();
 *   runConformancePeer(there);
 *   return { here, end: async () => here.close() };
 * });
 */
export function linkConformance(name: string, makePair: () => Promise<ConformancePair>): void {
  describe(`a link over ${name}`, () => {
    let pair: ConformancePair;
    let link: Link;
    let inbox: Inbox;
    const codec = new Codec(noReferences);

    beforeEach(async () => {
      await codecReady();
      pair = await makePair();
      link = pair.here;
      inbox = new Inbox(link);
    });
    afterEach(() => pair.end());

    test('delivers messages in the order they were sent', async () => {
      for (let i = 0; i < 1000; i++) link.send([Op.echo, i]);
      const received = await inbox.take(1000);
      expect(received.map(message => message[1])).toEqual(Array.from({ length: 1000 }, (_, i) => i));
    });

    test('never delivers inside send', async () => {
      let sending = true;
      let early = false;
      inbox.onBatch = () => {
        early ||= sending;
      };
      for (let i = 0; i < 300; i++) link.send([Op.echo, i]);
      link.flush();
      sending = false;
      await inbox.take(300);
      expect(early).toBe(false);
    });

    test('moves what is sent in one turn as few batches', async () => {
      for (let i = 0; i < 100; i++) link.send([Op.count, i]);
      link.send([Op.report]);
      expect(await inbox.take(1)).toEqual([[Op.report, 100, 1, true]]);
    });

    test('carries numbers, strings, null and flat arrays as fields', async () => {
      const message: Message = [Op.echo, 1.5, -1, '', 'text', 'Ω🚀', null, ['a', 1], []];
      link.send(message);
      link.send([Op.echo]);
      expect(await inbox.take(2)).toEqual([message, [Op.echo]]);
    });

    test.each(Object.keys(everyKindOfValue()))('carries the value: %s', async kind => {
      const value = everyKindOfValue()[kind];
      link.send([Op.recode, codec.encode(value)]);
      const [answer] = await inbox.take(1);
      expect(codec.decode(answer?.[1] as Payload)).toStrictEqual(value);
    });

    test('carries large buffers', async () => {
      const bytes = new Uint8Array(5_000_000).map((_, i) => i * 31);
      link.send([Op.recode, codec.encode({ bytes, after: 'text' })]);
      const [answer] = await inbox.take(1);
      const back = codec.decode(answer?.[1] as Payload) as { bytes: Uint8Array; after: string };
      expect(Buffer.compare(back.bytes, bytes)).toBe(0);
      expect(back.after).toBe('text');
    });

    test('carries 100,000 messages each way', async () => {
      for (let i = 0; i < 100_000; i++) link.send([Op.count, i]);
      link.send([Op.report]);
      const [report] = await inbox.take(1);
      expect([report?.[1], report?.[3]]).toEqual([100_000, true]);
      link.send([Op.flood, 100_000]);
      const flood = await inbox.take(100_000);
      expect(flood.every((message, i) => message[1] === i)).toBe(true);
    });

    test('is full when the peer lags behind, loses nothing, and drains', async () => {
      expect(link.full).toBe(false);
      const drained = new Promise<void>(resolve => {
        link.onDrain = resolve;
      });
      let sent = 0;
      while (!link.full && sent < 1_000_000) link.send([Op.count, sent++]);
      expect(link.full).toBe(true);
      for (let i = 0; i < 10; i++) link.send([Op.count, sent++]);
      await drained;
      expect(link.full).toBe(false);
      link.send([Op.report]);
      const [report] = await inbox.take(1);
      expect([report?.[1], report?.[3]]).toEqual([sent, true]);
    });

    test('is full by bytes as well', async () => {
      const drained = new Promise<void>(resolve => {
        link.onDrain = resolve;
      });
      const text = 'x'.repeat(1_000_000);
      let sent = 0;
      while (!link.full && sent < 1000) link.send([Op.count, sent++, text]);
      expect(sent).toBeLessThan(1000);
      await drained;
      link.send([Op.report]);
      expect((await inbox.take(1))[0]?.[1]).toBe(sent);
    });

    test('tells its own end once when it closes, and is then deaf and mute', async () => {
      link.send([Op.flood, 1000]);
      link.close('done here');
      link.close('again');
      link.send([Op.echo, 1]);
      link.flush();
      expect(await inbox.closed).toEqual({ message: 'done here', expected: true });
      await quiet();
      expect(inbox.received).toBe(0);
      expect(inbox.closes).toBe(1);
      expect(link.full).toBe(false);
    });

    test('tells the reason when the peer closes, after its last message', async () => {
      link.send([Op.floodAndClose, 1000, 'the peer is done']);
      expect(await inbox.closed).toEqual({ message: 'the peer is done', expected: true });
      expect(inbox.received).toBe(1000);
      link.send([Op.echo, 1]);
      link.close('too late');
      await quiet();
      expect([inbox.received, inbox.closes]).toEqual([1000, 1]);
    });

    test('closes once when both ends close at the same time', async () => {
      link.send([Op.close, 'theirs']);
      link.flush();
      link.close('ours');
      await inbox.closed;
      await quiet();
      expect(inbox.closes).toBe(1);
    });

    test('tells when the peer dies, once, as unexpected', async () => {
      if (pair.die === undefined) return;
      link.send([Op.echo, 'before']);
      await inbox.take(1);
      await pair.die();
      const reason = await inbox.closed;
      expect(reason.message).not.toBe('');
      expect(reason.expected).toBe(false);
      link.send([Op.echo, 'after']);
      await quiet();
      expect([inbox.received, inbox.closes]).toEqual([1, 1]);
    });
  });
}

/** Collects what a link delivers. */
class Inbox {
  readonly closed: Promise<CloseReason>;
  closes = 0;
  received = 0;
  onBatch: () => void = () => {};
  #messages: Message[] = [];
  #wake: () => void = () => {};

  constructor(link: Link) {
    link.onMessages = batch => {
      this.onBatch();
      this.received += batch.length;
      for (const message of batch) this.#messages.push(message);
      this.#wake();
    };
    this.closed = new Promise(resolve => {
      link.onClose = reason => {
        this.closes++;
        resolve(reason);
      };
    });
  }

  async take(count: number): Promise<Message[]> {
    while (this.#messages.length < count) {
      await new Promise<void>(resolve => {
        this.#wake = resolve;
      });
    }
    return this.#messages.splice(0, count);
  }
}

/** Time for what must not come. */
async function quiet(): Promise<void> {
  for (let i = 0; i < 20; i++) await new Promise(resolve => setImmediate(resolve));
}
