import { appendFileSync, existsSync, writeFileSync } from 'node:fs';
import { type ActorHandle, get, type ObjectRef, type PlacementGroup, put, remote, runtimeContext } from 'aktis';

// What runs while nodes and servers die. Every result can be known beforehand.

export const square = remote({ maxRetries: -1 })(function square(n: number) {
  return n * n;
});

/** Takes a while, so that deaths come in the middle. */
export const slowly = remote({ maxRetries: -1 })(async function slowly(n: number, ms: number) {
  await new Promise(resolve => setTimeout(resolve, ms));
  return n;
});

/** Nested: 0² + 1² + … of `count` tasks. */
export const sumOfSquares = remote({ maxRetries: -1 })(async function sumOfSquares(count: number) {
  const squares = await get(Array.from({ length: count }, (_, i) => square.remote(i)));
  return squares.reduce((sum, n) => sum + n, 0);
});

export const bytesOf = remote({ maxRetries: -1, schedulingStrategy: 'SPREAD' })(function bytesOf(
  length: number,
  seed: number,
) {
  const bytes = new Uint8Array(length);
  for (let i = 0; i < length; i++) bytes[i] = (seed + i * 31) & 255;
  return bytes;
});

export const sumOfBytes = remote({ maxRetries: -1, schedulingStrategy: 'SPREAD' })(function sumOfBytes(
  ...parts: Uint8Array[]
) {
  let sum = 0;
  for (const part of parts) for (const byte of part) sum += byte;
  return sum;
});

/** The object is inside of another one, and belongs to the node where this ran. */
export const wrapped = remote({ maxRetries: -1, schedulingStrategy: 'SPREAD' })(function wrapped(length: number) {
  return { ref: put(new Uint8Array(length).fill(3)) };
});

export const unwraps = remote({ maxRetries: 0, schedulingStrategy: 'SPREAD' })(async function unwraps({
  ref,
}: {
  ref: ObjectRef<Uint8Array>;
}) {
  return (await get(ref)).length;
});

export const counts = remote({ maxRetries: -1, schedulingStrategy: 'SPREAD' })(async function* counts(length: number) {
  for (let i = 0; i < length; i++) {
    if (i % 10 === 9) await new Promise(resolve => setTimeout(resolve, 5));
    yield i;
  }
});

/** Leaves a line in a file each time it runs. */
export const leavesMark = remote({ maxRetries: 0 })(function leavesMark(file: string, mark: string) {
  appendFileSync(file, `${mark}\n`);
  return mark;
});

/** Takes its worker along, the first time. */
export const crashesOnce = remote({ maxRetries: -1 })(function crashesOnce(file: string, n: number) {
  if (!existsSync(file)) {
    writeFileSync(file, '');
    process.exit(9);
  }
  return n;
});

/** What an instance of an actor says of itself: later ones are born later. */
export interface Report {
  /** Nanoseconds on the clock that all processes of this machine share. */
  readonly born: number;
  readonly count: number;
  readonly nodeId: string;
}

@remote()
export class Tally {
  readonly #born = Number(process.hrtime.bigint());
  #count = 0;
  add(): Report {
    return { born: this.#born, count: ++this.#count, nodeId: runtimeContext().nodeId };
  }
  crash() {
    process.exit(8);
  }
  async *reports(length: number) {
    for (let i = 0; i < length; i++) yield i;
  }
}

/** Calls it from wherever this runs. */
export const addsTo = remote({ maxRetries: -1, schedulingStrategy: 'SPREAD' })(async function addsTo({
  tally,
}: {
  tally: ActorHandle<Tally>;
}) {
  return await get(tally.add.remote());
});

/** From wherever this runs: work in a group that another node has made. */
export const squaresInGroup = remote({ maxRetries: -1, schedulingStrategy: 'SPREAD' })(async function squaresInGroup(
  { group }: { group: PlacementGroup },
  count: number,
) {
  const schedulingStrategy = { placementGroup: group };
  return get(Array.from({ length: count }, (_, n) => square.options({ numCpus: 0.5, schedulingStrategy }).remote(n)));
});

/** Leaves a mark, holds its node for a while; several of these fill it. */
const fills = remote({ maxRetries: 0, numCpus: 2 })(async function fills(file: string, mark: string, ms: number) {
  appendFileSync(file, `${mark}\n`);
  await new Promise(resolve => setTimeout(resolve, ms));
  return mark;
});

/** Sends out more of them than there is room for, from wherever it runs; says which were done. */
export const fillsFrom = remote({ maxRetries: 0, numCpus: 0, schedulingStrategy: 'SPREAD' })(async function fillsFrom(
  file: string,
  marks: readonly string[],
  ms: number,
) {
  const settled = await Promise.allSettled(marks.map(mark => get(fills.remote(file, mark, ms))));
  return settled.map(outcome => (outcome.status === 'fulfilled' ? outcome.value : (outcome.reason as Error).name));
});

/** Nested, with arguments of which few fit into the memory of a node. */
export const nestedSums = remote({ maxRetries: -1, schedulingStrategy: 'SPREAD' })(async function nestedSums(
  { own }: { own: ObjectRef<Uint8Array> },
  seed: number,
) {
  const made = [0, 1, 2].map(i => bytesOf.remote(1_500_000, seed + i));
  const passed = new Uint8Array(1_000_000).fill(2);
  return get(made.map(bytes => sumOfBytes.remote(bytes, own as unknown as Uint8Array, passed)));
});
