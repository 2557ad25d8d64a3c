import { Codec } from '../codec/codec.ts';
import { noReferences } from '../codec/reference-adapter.ts';
import type { Link, Message } from '../link.ts';
import type { Payload } from '../payload.ts';

/** What the suite asks of its peer. */
export const Op = {
  /** [op, ...fields]: send it back */
  echo: 1,
  /** [op, payload]: decode, encode, send that back */
  recode: 2,
  /** [op, n]: send n messages [op, i] */
  flood: 3,
  /** [op, reason]: close the link */
  close: 4,
  /** [op, n, reason]: send n messages [op, i], then close */
  floodAndClose: 5,
  /** [op]: send back [op, messages so far, batches so far, whether all came in order] of the `count` messages */
  report: 6,
  /** [op, i]: counted */
  count: 7,
} as const;

/** The other end of a link under test: runs in a thread, a process or right here. */
export function runConformancePeer(link: Link): void {
  const codec = new Codec(noReferences);
  let counted = 0;
  let batches = 0;
  let inOrder = true;
  link.onMessages = batch => {
    if (batch.some(message => message[0] === Op.count)) batches++;
    for (const message of batch) answer(message);
  };

  function answer(message: Message): void {
    const [op, first, second] = message;
    switch (op) {
      case Op.echo:
        link.send(message);
        return;
      case Op.recode:
        link.send([Op.recode, codec.encode(codec.decode(first as Payload))]);
        return;
      case Op.flood:
        flood(first as number);
        return;
      case Op.close:
        link.close(first as string);
        return;
      case Op.floodAndClose:
        flood(first as number);
        link.close(second as string);
        return;
      case Op.count:
        inOrder &&= first === counted;
        counted++;
        return;
      case Op.report:
        link.send([Op.report, counted, batches, inOrder]);
        return;
    }
  }

  function flood(count: number): void {
    for (let i = 0; i < count; i++) link.send([Op.flood, i]);
  }
}
