import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { PassThrough } from 'node:stream';
import fc from 'fast-check';
import type { Message } from '../link.ts';
import { messagesOf, OutgoingBatch } from './batch.ts';
import { type Frame, FrameKind, HEAD_BYTES, type Part } from './frame.ts';
import { FrameReader } from './frame-reader.ts';
import { frameBytes, writeFrame } from './frame-writer.ts';

const LIMIT = 2 ** 20;

/** What `write` puts on the wire. */
function written(write: (socket: Socket) => void): Buffer {
  const wire = new PassThrough({ highWaterMark: 2 ** 30 });
  write(wire as unknown as Socket);
  return (wire.read() as Buffer | null) ?? Buffer.alloc(0);
}

function read(chunks: readonly Buffer[], limit = LIMIT): Frame[] {
  const frames: Frame[] = [];
  const reader = new FrameReader(limit);
  reader.onFrame = frame => frames.push(frame);
  for (const chunk of chunks) reader.read(chunk);
  return frames;
}

const text = fc.oneof(fc.string({ unit: 'grapheme' }), fc.string({ unit: 'binary-ascii', maxLength: 3000 }));
const bytes = fc.uint8Array({ maxLength: 300 });
const part: fc.Arbitrary<Part> = fc.oneof(
  bytes,
  bytes.map(content => shared(content)),
  text,
  fc.integer({ min: 4000, max: 9000 }).map(size => new Uint8Array(size).fill(size)),
);
const frame = fc.record({
  kind: fc.integer({ min: 1, max: 9 }),
  text,
  parts: fc.array(part, { maxLength: 4 }),
  takenMessages: fc.nat(),
  takenBytes: fc.nat(),
});

function shared(content: Uint8Array): SharedArrayBuffer {
  const memory = new SharedArrayBuffer(content.length);
  new Uint8Array(memory).set(content);
  return memory;
}

function hex({ buffer, byteOffset, byteLength }: Uint8Array): string {
  return Buffer.from(buffer as ArrayBuffer, byteOffset, byteLength).toString('hex');
}

/** With the kind of memory told apart, which `toEqual` does not do. */
function seen(parts: readonly Part[]): unknown[] {
  return parts.map(one => {
    if (typeof one === 'string') return one;
    return ArrayBuffer.isView(one) ? { bytes: hex(one) } : { shared: hex(new Uint8Array(one)) };
  });
}

test('frames arrive as they were written, however the stream is cut', () => {
  fc.assert(
    fc.property(fc.array(frame, { maxLength: 5 }), fc.array(fc.nat({ max: 400 }), { minLength: 1 }), (frames, cuts) => {
      const sizes: number[] = [];
      const wire = written(socket => {
        for (const { kind, text, parts, takenMessages, takenBytes } of frames) {
          sizes.push(writeFrame(socket, kind, text, parts, takenMessages, takenBytes));
        }
      });
      const chunks: Buffer[] = [];
      for (let at = 0, i = 0; at < wire.length; i++) {
        const size = 1 + (cuts[i % cuts.length] ?? 0);
        chunks.push(wire.subarray(at, at + size));
        at += size;
      }
      for (const found of [read(chunks), read([wire])]) {
        expect(found.map(one => one.bytes)).toEqual(sizes);
        expect(found.map(({ bytes: _, isTaken: __, parts, ...rest }) => ({ ...rest, parts: seen(parts) }))).toEqual(
          frames.map(one => ({ ...one, parts: seen(one.parts) })),
        );
      }
      expect(frames.map(one => frameBytes(one.text, one.parts))).toEqual(sizes);
    }),
    { seed: 1, numRuns: 300 },
  );
});

test('random bytes are frames or an error, and nothing else', () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 60 }), { maxLength: 5 }), chunks => {
      try {
        read(chunks.map(chunk => Buffer.from(chunk)));
      } catch (error) {
        expect((error as Error).message).toMatch(/no frame|above the limit|do not fit/);
      }
    }),
    { seed: 2, numRuns: 2000 },
  );
});

test('a frame with some bytes changed is a frame or an error, and takes no memory it does not have', () => {
  fc.assert(
    fc.property(
      frame,
      fc.array(fc.tuple(fc.nat({ max: 60 }), fc.nat({ max: 255 })), { minLength: 1 }),
      (one, changes) => {
        const wire = written(socket => writeFrame(socket, one.kind, one.text, one.parts, 0, 0));
        for (const [at, value] of changes) if (at < wire.length) wire[at] = value;
        try {
          for (const { bytes: size, parts } of read([wire.subarray(0, 30), wire.subarray(30)], 20_000)) {
            expect(size).toBeLessThanOrEqual(20_000);
            for (const found of parts)
              expect(typeof found === 'string' ? found.length : found.byteLength).toBeLessThan(20_000);
          }
        } catch (error) {
          expect((error as Error).message).toMatch(/no frame|above the limit|do not fit/);
        }
      },
    ),
    { seed: 3, numRuns: 1000 },
  );
});

test('a frame above the limit is refused when its head is there', () => {
  const head = Buffer.alloc(HEAD_BYTES);
  head.writeUInt32LE(LIMIT + 1, 0);
  head.writeUInt32LE(FrameKind.batch, 4);
  expect(() => read([head])).toThrow('a frame of 1048577 bytes is above the limit of 1048576');
});

test('frames wait while the reader holds', () => {
  const wire = written(socket => {
    for (const name of ['one', 'two', 'three']) writeFrame(socket, FrameKind.hello, name, [], 0, 0);
  });
  const reader = new FrameReader(LIMIT);
  const texts: string[] = [];
  reader.onFrame = one => {
    texts.push(one.text);
    reader.hold();
  };
  reader.hold();
  reader.read(wire);
  wire.fill(0); // It was only lent.
  expect(texts).toEqual([]);
  reader.release();
  expect(texts).toEqual(['one']);
  reader.release();
  expect(texts).toEqual(['one', 'two']);
});

test('large parts, shared or not, are written from where they lie', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const accepted = once(server, 'connection');
  const client = connect((server.address() as { port: number }).port, '127.0.0.1');
  const [socket] = (await accepted) as [Socket];
  const reader = new FrameReader(2 ** 30);
  const arrived = new Promise<Frame>(resolve => {
    reader.onFrame = resolve;
  });
  client.on('data', chunk => reader.read(chunk as Buffer));
  const content = new Uint8Array(3_000_001).map((_, i) => i * 7);
  const before = process.memoryUsage().arrayBuffers;
  writeFrame(socket, FrameKind.batch, 'text', [shared(content), content], 0, 0);
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(4_000_000); // `shared` itself took three of them
  const { parts } = await arrived;
  expect(parts.map(one => Buffer.compare(Buffer.from(one as unknown as ArrayBuffer), content))).toEqual([0, 0]);
  client.destroy();
  socket.destroy();
  server.close();
});

function travelled(messages: readonly Message[]): Message[] {
  const batch = new OutgoingBatch();
  for (const message of messages) batch.add(message);
  return messagesOf(batch.text(), batch.parts, batch.hasStandIns);
}

const field: fc.Arbitrary<unknown> = fc.letrec(tie => ({
  field: fc.oneof(
    { maxDepth: 3 },
    fc.double(),
    fc.integer(),
    fc.string({ unit: 'binary' }),
    fc.string({ minLength: 1500, maxLength: 1600 }),
    fc.boolean(),
    fc.constantFrom(null, undefined, -0, Number.NaN, '\ud800', '{"part":0}'),
    bytes,
    fc.array(tie('field'), { maxLength: 4 }),
  ),
})).field;

test('messages of any fields arrive as they were sent', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.nat(), fc.array(field, { maxLength: 5 }))), drafts => {
      const messages = drafts.map(([op, fields]): Message => [op, ...fields]);
      expect(travelled(messages)).toStrictEqual(messages);
    }),
    { seed: 4, numRuns: 500 },
  );
});

test('what cannot travel is refused, and leaves the batch as it was', () => {
  const batch = new OutgoingBatch();
  batch.add([1, 'before']);
  for (const value of [() => {}, 1n, {}, new Map(), Symbol('s'), new Float64Array(1), ['nested', {}]]) {
    expect(() => batch.add([2, new Uint8Array(1), value])).toThrow(/a field of type \w+ could not be written/);
  }
  expect(messagesOf(batch.text(), batch.parts, batch.hasStandIns)).toEqual([[1, 'before']]);
});

test('text that is no batch is an error', () => {
  for (const broken of ['', '{', 'null', '{}', '[0]', '[-1]', '[1.5,1]', '["a"]', '[2,1]', '[1,"op"]', '[1,null]']) {
    expect(() => messagesOf(broken, [], false)).toThrow();
  }
  for (const broken of ['[2,1,{"part":0}]', '[2,1,{"part":"length"}]', '[2,1,{"value":"toString"}]', '[2,1,{}]']) {
    expect(() => messagesOf(broken, [], true)).toThrow('names a part');
  }
  const deep = `[2,1,${'['.repeat(100_000)}${']'.repeat(100_000)}]`;
  expect(() => messagesOf(deep, [], true)).toThrow();
});
