import { type Content, NodeOp, ObjectLostError } from '@aktis/core';
import { Demand, Urgency } from '@aktis/core/hub';
import type { Peer } from '../peers/peer.ts';
import { Pull, type PullHome } from './pull.ts';

const MIB = 2 ** 20;
const RANGE = 4 * MIB;
/** No range is like another one. */
const pattern = Buffer.from(Array.from({ length: 4099 }, (_, i) => (i * 31) & 0xff));

interface Asked {
  readonly request: number;
  readonly from: number;
  readonly to: number;
  readonly making: string;
}

/** A node that answers when the test says so. */
class Source {
  readonly peer: Peer & { isGone: boolean };
  readonly asked: Asked[] = [];
  readonly told: (readonly number[] | null)[] = [];

  constructor(nodeId: string) {
    this.peer = { nodeId, isGone: false } as Peer & { isGone: boolean };
  }

  next(): Asked {
    return this.asked.shift() as Asked;
  }

  die(pull: Pull): void {
    this.peer.isGone = true;
    pull.lost(this.peer);
  }
}

function setUp(names: readonly string[], bytes: number) {
  const sources = new Map(names.map(name => [name, new Source(name)]));
  const open = new Set<number>();
  const time = { now: 0, callbacks: [] as (() => void)[] };
  const wait = (milliseconds: number) => {
    time.now += milliseconds;
    for (const callback of time.callbacks) callback();
  };
  let count = 0;
  const of = (peer: Peer) => sources.get(peer.nodeId) as Source;
  const home: PullHome = {
    living: nodeId => sources.get(nodeId)?.peer,
    fetch(_, peer, from, to, making) {
      of(peer).asked.push({ request: count, from, to, making });
      open.add(count);
      return count++;
    },
    unexpect: request => open.delete(request),
    seek: () => {},
    now: () => time.now,
    every(_, callback) {
      time.callbacks.push(callback);
      return () => {};
    },
    tell: (_, peer, ranges) => of(peer).told.push(ranges),
    incoming: payload => ({ payload, contains: null }),
  };
  const value = Buffer.alloc(bytes, pattern);
  const pullFrom = (...nodes: string[]) => {
    const pull = new Pull(home, { owner: 'owner', id: 1 }, bytes, nodes);
    pull.demands.add(new Demand());
    void pull.begin();
    return pull;
  };
  const head = (pull: Pull, from: Source, making = 'm', references: readonly unknown[] = []) => {
    const { request, to } = from.next();
    const message: Content = [NodeOp.Content, request, making, 'text', [-bytes], references, null];
    pull.content(request, from.peer, message);
    if (to > 0) from.asked.unshift({ request, from: 0, to: Math.min(to, bytes), making });
  };
  /** All that was asked for, or so many bytes of it. */
  const send = (pull: Pull, from: Source, { request, from: start, to }: Asked, upTo = to - start) => {
    for (let at = start; at < start + upTo; at += MIB) {
      pull.chunk(request, from.peer, at, value.subarray(at, Math.min(at + MIB, start + upTo)));
    }
  };
  /** Whoever is asked answers, until it is here. */
  const answerAll = (pull: Pull, ...from: Source[]) => {
    while (from.some(({ asked }) => asked.length > 0)) {
      for (const source of from) if (source.asked.length > 0) send(pull, source, source.next());
    }
  };
  const isRight = async (pull: Pull) => {
    const { payload } = await pull.copy;
    const buffer = payload[1]?.[0] as unknown as SharedArrayBuffer;
    return payload[0] === 'text' && Buffer.from(buffer).equals(Buffer.from(value)) && open.size === 0;
  };
  return {
    source: (name: string) => sources.get(name) as Source,
    pullFrom,
    head,
    send,
    answerAll,
    isRight,
    value,
    wait,
  };
}

test('a large object comes in ranges from all who have it, each range once', async () => {
  const { source, pullFrom, head, send, isRight } = setUp(['a', 'b'], 30 * MIB + 5);
  const [a, b] = [source('a'), source('b')];
  const pull = pullFrom('a', 'b');
  head(pull, a);
  const from = { a: 0, b: 0 };
  const seen = new Set<number>();
  while (a.asked.length + b.asked.length > 0) {
    for (const each of [a, b]) {
      if (each.asked.length === 0) continue;
      const asked = each.next();
      expect(seen.has(asked.from)).toBe(false);
      seen.add(asked.from);
      from[each.peer.nodeId as 'a' | 'b']++;
      send(pull, each, asked);
    }
  }
  expect(from).toEqual({ a: 4, b: 4 });
  expect(await isRight(pull)).toBe(true);
});

test('what a source was asked for when it died comes from another one', async () => {
  const { source, pullFrom, head, send, answerAll, isRight } = setUp(['a', 'b'], 30 * MIB);
  const [a, b] = [source('a'), source('b')];
  const pull = pullFrom('a', 'b');
  head(pull, a);
  send(pull, a, a.next());
  send(pull, a, a.next(), MIB);
  a.die(pull);
  answerAll(pull, b);
  expect(await isRight(pull)).toBe(true);
});

test('when the last source is gone the object is lost, and the error says why', async () => {
  const { source, pullFrom, head, send } = setUp(['a', 'b'], 30 * MIB);
  const [a, b] = [source('a'), source('b')];
  const pull = pullFrom('a', 'b');
  head(pull, a);
  send(pull, a, a.next());
  a.die(pull);
  pull.refused(b.next().request, b.peer, new Error('that node does not have it any more'));
  await expect(pull.copy).rejects.toThrow(ObjectLostError);
  await expect(pull.copy).rejects.toThrow('that node does not have it any more');
});

test('a source that says nothing has its ranges asked for elsewhere, and may still send them', async () => {
  const { source, pullFrom, head, send, answerAll, isRight, wait } = setUp(['a', 'b'], 30 * MIB);
  const [a, b] = [source('a'), source('b')];
  const pull = pullFrom('a', 'b');
  head(pull, a);
  const late = [...a.asked];
  // All that `b` was asked for, and what is left beside that of `a`.
  answerAll(pull, b);
  expect([pull.isOver, b.asked.length]).toEqual([false, 0]);
  wait(5_000);
  expect(b.asked.length).toBe(late.length);
  send(pull, a, late[0] as Asked);
  answerAll(pull, b);
  expect(await isRight(pull)).toBe(true);
  send(pull, a, late[1] as Asked);
});

test('a frozen source is passed by before it has said what the object looks like', async () => {
  for (const bytes of [5 * MIB, 30 * MIB]) {
    const { source, pullFrom, head, answerAll, isRight, wait } = setUp(['a', 'b'], bytes);
    const pull = pullFrom('a', 'b');
    expect([source('a').asked.length, source('b').asked.length]).toEqual([1, 0]);
    wait(5_000);
    head(pull, source('b'));
    answerAll(pull, source('b'));
    expect(await isRight(pull)).toBe(true);
  }
});

test('copies of different makings are not mixed', async () => {
  const { source, pullFrom, head, answerAll, isRight } = setUp(['a', 'b'], 30 * MIB);
  const [a, b] = [source('a'), source('b')];
  const pull = pullFrom('a', 'b');
  pull.told(b.peer, 'another', null);
  head(pull, a);
  expect(b.asked).toEqual([]);
  answerAll(pull, a);
  expect(await isRight(pull)).toBe(true);
});

test('a source that sends what it was not asked for is not believed', async () => {
  const { source, pullFrom, head, answerAll, isRight, value } = setUp(['a', 'b'], 30 * MIB);
  const [a, b] = [source('a'), source('b')];
  const pull = pullFrom('a', 'b');
  head(pull, a);
  const asked = a.next();
  pull.chunk(asked.request, a.peer, asked.from + MIB, value.subarray(0, MIB));
  answerAll(pull, b);
  expect(await isRight(pull)).toBe(true);
});

describe('a piece that goes to its place as it comes', () => {
  const set = () => {
    const tools = setUp(['a', 'b'], 30 * MIB);
    const { source, pullFrom, head, value } = tools;
    const [a, b] = [source('a'), source('b')];
    const pull = pullFrom('a', 'b');
    head(pull, a);
    const bit = (at: number, bytes = MIB / 4) => value.subarray(at, at + bytes);
    return { ...tools, a, b, pull, bit };
  };

  test('is there when its last byte is', async () => {
    const { a, b, pull, bit, answerAll, isRight } = set();
    const { request, from, to } = a.next();
    for (let at = from; at < to; at += MIB) {
      const intake = pull.intakeFor(request, a.peer, at, MIB);
      for (let next = at; next < at + MIB; next += MIB / 4) {
        expect(pull.part(from, to)).toBe(undefined);
        intake?.(bit(next));
      }
    }
    expect(pull.part(from, to)).toBeDefined();
    answerAll(pull, a, b);
    expect(await isRight(pull)).toBe(true);
  });

  test.each([
    ['too long', (from: number) => [from, RANGE + 1]],
    ['empty', (from: number) => [from, 0]],
    ['of another place', (from: number) => [from + 1, MIB]],
    ['of no place', () => ['0', MIB]],
  ] as [string, (from: number) => [number, number]][])(
    'is refused when it is %s, with whoever sends it',
    async (_, piece) => {
      const { a, b, pull, answerAll, isRight } = set();
      const { request, from } = a.next();
      expect(pull.intakeFor(request, a.peer, ...piece(from))).toBe(undefined);
      expect(pull.intakeFor(request, a.peer, from, MIB)).toBe(undefined);
      answerAll(pull, b);
      expect(await isRight(pull)).toBe(true);
    },
  );

  test('is nobody’s when another node, or nobody, was asked for it', () => {
    const { a, b, pull } = set();
    const { request, from } = a.next();
    expect(pull.intakeFor(request, b.peer, from, MIB)).toBe(undefined);
    expect(pull.intakeFor(12_345, a.peer, from, MIB)).toBe(undefined);
    expect(pull.intakeFor(request, a.peer, from, MIB)).toBeDefined();
  });

  test('ends with its source, and the range comes from another one', async () => {
    const { a, b, pull, bit, answerAll, isRight } = set();
    const { request, from } = a.next();
    const intake = pull.intakeFor(request, a.peer, from, MIB);
    intake?.(bit(from));
    a.die(pull);
    intake?.(Buffer.alloc(MIB / 4, 0xee));
    answerAll(pull, b);
    expect(await isRight(pull)).toBe(true);
  });

  test('touches nothing that came from elsewhere meanwhile, or that is in use already', async () => {
    const { a, b, pull, bit, answerAll, isRight, wait } = set();
    const [first, ...others] = a.asked.splice(0);
    const { request, from, to } = first as (typeof others)[0];
    const intake = pull.intakeFor(request, a.peer, from, to - from);
    intake?.(bit(from));
    wait(5_000);
    while (pull.part(from, to) === undefined) answerAll(pull, b);
    intake?.(Buffer.alloc(MIB / 4, 0xee));
    answerAll(pull, a, b);
    expect(await isRight(pull)).toBe(true);
    intake?.(Buffer.alloc(MIB / 4, 0xee));
    expect(await isRight(pull)).toBe(true);
  });

  test('sent twice at the same time is not believed', async () => {
    const { a, b, pull, bit, answerAll, isRight } = set();
    const { request, from } = a.next();
    const [one, other] = [pull.intakeFor(request, a.peer, from, MIB), pull.intakeFor(request, a.peer, from, MIB)];
    one?.(bit(from));
    other?.(Buffer.alloc(MIB / 4, 0xee));
    one?.(Buffer.alloc(MIB / 4, 0xee));
    answerAll(pull, b);
    expect(await isRight(pull)).toBe(true);
  });

  test('goes nowhere when nobody wants the object any more', async () => {
    const { a, pull, bit } = set();
    const { request, from } = a.next();
    const intake = pull.intakeFor(request, a.peer, from, MIB);
    intake?.(bit(from));
    pull.drop();
    intake?.(bit(from + MIB / 4));
    expect(pull.intakeFor(request, a.peer, from, MIB)).toBe(undefined);
    await expect(pull.copy).rejects.toThrow(ObjectLostError);
  });
});

test('what claims to be a piece and is no bytes is not believed', async () => {
  for (const wrong of [new SharedArrayBuffer(MIB), 'x'.repeat(MIB), null, [1]]) {
    const { source, pullFrom, head, answerAll, isRight } = setUp(['a', 'b'], 30 * MIB);
    const pull = pullFrom('a', 'b');
    head(pull, source('a'));
    const { request, from } = source('a').next();
    pull.chunk(request, source('a').peer, from, wrong as never);
    answerAll(pull, source('b'));
    expect(await isRight(pull)).toBe(true);
  }
});

test('a small object whose source dies in the middle comes from the next, from its beginning', async () => {
  const { source, pullFrom, head, send, answerAll, isRight } = setUp(['a', 'b'], 5 * MIB);
  const [a, b] = [source('a'), source('b')];
  const pull = pullFrom('a', 'b');
  head(pull, a);
  send(pull, a, a.next(), 2 * MIB);
  expect(b.asked).toEqual([]);
  a.die(pull);
  head(pull, b, 'another');
  answerAll(pull, b);
  expect(await isRight(pull)).toBe(true);
});

test('what an object refers to is asked for again when who named it is gone', async () => {
  const { source, pullFrom, head, answerAll, isRight } = setUp(['a', 'b'], 30 * MIB);
  const [a, b] = [source('a'), source('b')];
  const pull = pullFrom('a', 'b');
  head(pull, a, 'm', [[1, 5]]);
  b.asked.splice(0);
  a.die(pull);
  head(pull, b, 'm', [[1, 7]]);
  answerAll(pull, b);
  expect((await pull.copy).payload[2]).toEqual([[1, 7]]);
  expect(await isRight(pull)).toBe(true);
});

test('nodes that bring the same object give each other what they have', async () => {
  const { source, pullFrom, head, send, answerAll, isRight } = setUp(['owner', 'other'], 30 * MIB);
  const [owner, other] = [source('owner'), source('other')];
  const pull = pullFrom('owner');
  pull.join([other.peer]);
  head(pull, owner);
  expect(pull.told(other.peer, 'm', [])).toBe(false);
  const first = owner.next();
  send(pull, owner, first);
  expect(other.told).toEqual([[], [first.from / RANGE]]);
  expect([pull.part(first.from, first.to), pull.part(0, 30 * MIB)]).toEqual([expect.anything(), undefined]);
  // Who has all of it is asked for one at a time: the rest may come from the other.
  expect(owner.asked.length).toBe(1);
  const open = [0, 1, 2, 3, 4, 5, 6, 7].filter(range => !pull.ranges.includes(range));
  const inFlight = owner.asked.map(({ from }) => from / RANGE);
  const given = open.filter(range => !inFlight.includes(range)).slice(0, 2);
  pull.told(other.peer, 'm', given);
  expect(other.asked.map(({ from }) => from / RANGE).sort()).toEqual(given);
  answerAll(pull, other, owner);
  expect(await isRight(pull)).toBe(true);
  expect(other.told.at(-1)).toBe(null);
});

test('its urgency is that of who wants it most', () => {
  const { pullFrom } = setUp(['a'], MIB);
  const pull = pullFrom('a');
  expect(pull.urgency).toBe(undefined);
  const [demand] = pull.demands;
  demand?.join(Urgency.argument);
  const second = new Demand();
  pull.demands.add(second);
  const leave = second.join(Urgency.get);
  expect(pull.urgency).toBe(Urgency.get);
  leave();
  expect(pull.urgency).toBe(Urgency.argument);
});
