import { StringDecoder } from 'node:string_decoder';
import { setTimeout } from 'node:timers/promises';
import type { FastifyReply } from 'fastify';
import type { JobTailEvent } from './api-types.ts';
import { EventStream } from './event-stream.ts';
import type { JobControl } from './job-control.ts';

/** Between two questions that were answered at once, and after a failure. */
const PAUSE_MS = 50;
const RETRY_MS = 1_000;
const RETRIES = 10;

/** Sends all that a job prints, from its beginning, as it is printed; the last event says that it has ended. */
export async function tailOutput(jobs: JobControl, id: string, reply: FastifyReply): Promise<void> {
  // Refused before the stream begins, if at all.
  let piece = await jobs.output(id, 0);
  const decoder = new StringDecoder('utf8');
  const stream = new EventStream(reply, () => {});
  for (let failures = 0; stream.isOpen; ) {
    const text = decoder.write(Buffer.from(piece.data));
    if (text !== '') stream.send({ text } satisfies JobTailEvent);
    else stream.beat();
    if (piece.isEnd) {
      stream.send({ text: decoder.end(), isEnd: true } satisfies JobTailEvent);
      return stream.end();
    }
    await setTimeout(PAUSE_MS, undefined, { ref: false });
    try {
      piece = await jobs.output(id, piece.offset);
      failures = 0;
    } catch {
      // The listener comes again, and begins anew.
      if (++failures > RETRIES) return stream.end();
      piece = { ...piece, data: new Uint8Array(0) };
      await setTimeout(RETRY_MS, undefined, { ref: false });
    }
  }
}
