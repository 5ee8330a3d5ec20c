/**
 * Counting words into one map
 *
 * Four threads count the words of four texts in one SharedMap. `update()` reads, computes and writes in one step, so no count is
 * lost. A thread that counts in a Map of its own first, and adds that in the end, is much faster and comes to the same.
 */
import { SharedMap, Thread } from 'threadwork';
import { check } from './check.js';

const WORDS_PER_TEXT = 20_000;
const VOCABULARY =
  'the of and a to in is it that thread lock waits for queue holds another one with until all shared memory then ' +
  'first no counts who reads writes event sets clears its own word after before never once again';

/** A text of words that are the rarer the later they stand in the vocabulary; for the same seed the same text. */
function makeText(seed: number): string {
  const words = VOCABULARY.split(' ');
  let state = seed;
  const random = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
  const pick = () => words[Math.floor(words.length ** random()) - 1];
  return Array.from({ length: WORDS_PER_TEXT }, pick).join(' ');
}

function countWords(counts: SharedMap<string, number>, text: string) {
  for (const word of text.split(' ')) counts.update(word, (count = 0) => count + 1);
}

function countAndAdd(counts: SharedMap<string, number>, text: string) {
  const own = new Map<string, number>();
  for (const word of text.split(' ')) own.set(word, (own.get(word) ?? 0) + 1);
  for (const [word, n] of own) counts.update(word, (count = 0) => count + n);
}

const texts = [1, 2, 3, 4].map(makeText);

function inThreads(target: typeof countWords): SharedMap<string, number> {
  const counts = new SharedMap<string, number>();
  const start = performance.now();
  const threads = texts.map((text) => new Thread({ target, args: [counts, text] }));
  for (const t of threads) t.start();
  for (const t of threads) t.join();
  console.log(`${target.name}: ${counts.size} words in ${(performance.now() - start).toFixed()} ms`);
  return counts;
}

const counts = inThreads(countWords);
const summed = inThreads(countAndAdd);

const ranking = [...counts].toSorted(([, a], [, b]) => b - a);
for (const [word, count] of ranking.slice(0, 10)) console.log(`${String(count).padStart(6)} ${word}`);

const expected = new Map<string, number>();
for (const word of texts.join(' ').split(' ')) expected.set(word, (expected.get(word) ?? 0) + 1);
const isRight = (map: SharedMap<string, number>) =>
  map.size === expected.size && [...map].every(([word, count]) => count === expected.get(word));
const total = ranking.reduce((sum, [, count]) => sum + count, 0);

check('every word was counted: 80000', total === 4 * WORDS_PER_TEXT, `${total} were`);
check('each as often as it stands in the texts', isRight(counts));
check('also where each thread adds what it counted', isRight(summed));
