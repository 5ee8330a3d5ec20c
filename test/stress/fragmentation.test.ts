/**
 * A week's worth of churn in miniature: values of mixed sizes replaced by others, in two threads. In the end the heap holds what
 * it held at the start.
 *
 * THREADWORK_STRESS=50 makes it the ten million allocations of the specification.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { any, memoryUsage, struct, Thread } from 'threadwork';
import { chanceFrom } from './chance.js';
import { DEADLINE_MS, SCALE } from './contest.js';

/** Each replaces a value: a message and its record. */
const REPLACEMENTS = Math.ceil(50_000 * SCALE);
const BOXES = 500;

class Box extends struct({ value: any }) {}

/** Mostly short, sometimes long, rarely some pages. */
function sizeOf(chance: (below: number) => number): number {
  const kind = chance(100);
  return kind < 80 ? chance(200) : kind < 98 ? chance(4000) : chance(40_000);
}

test('values of mixed sizes leave the heap as large as it was', { timeout: DEADLINE_MS * 10 }, () => {
  const boxes = Array.from({ length: 2 }, () => Array.from({ length: BOXES }, () => new Box()));
  const fill = () => {
    for (const list of boxes) for (const [k, box] of list.entries()) box.value = 'x'.repeat((k * 37) % 3000);
  };
  fill();
  const churn = (seed: number, replacements: number) => {
    const chance = chanceFrom(seed);
    const mine = boxes[seed];
    for (let k = 0; k < replacements; k++) {
      // Now and then one of the other thread's: then a block is freed by another than it was made by.
      const list = k % 10 === 0 ? boxes[1 - seed] : mine;
      list[chance(BOXES)].value = 'y'.repeat(sizeOf(chance));
      if (k % 50 === 0) mine[chance(BOXES)].value = { k, list: [k, { deep: 'z'.repeat(chance(500)) }] };
    }
  };
  const round = (replacements: number) => {
    const threads = [0, 1].map((seed) => new Thread({ target: churn, args: [seed, replacements] }).start());
    for (const thread of threads) assert.ok(thread.join(DEADLINE_MS * 10));
    fill();
  };
  // The first round starts the threads, and fills the stocks that they keep.
  round(10_000);
  const start = memoryUsage().used;
  round(REPLACEMENTS);
  const { used } = memoryUsage();
  assert.ok(
    used <= start * 1.2 + 256 * 1024,
    `${start} bytes were in use at the start, ${used} are in the end: ${JSON.stringify(memoryUsage())}`,
  );
});
