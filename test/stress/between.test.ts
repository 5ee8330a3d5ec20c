/**
 * What another thread does between two steps of an operation: the test holds a latch that the operation comes to in its middle.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Worker } from 'node:worker_threads';
import { allocate, free } from '../../src/heap/allocator.js';
import { Record } from '../../src/heap/layout.js';
import { i32 } from '../../src/heap/memory.js';
import { newRecord, release, retain } from '../../src/heap/records.js';
import { latch, unlatch } from '../../src/park/latch.js';
import { attend, FINAL, MEETING_WORDS } from '../../src/park/meeting.js';
import { FINISHED, linksOf, OUTCOME_WORDS, settle, standing } from '../../src/park/outcome.js';
import { RW_WORDS } from '../../src/park/rw-mutex.js';
import { writeSlot } from '../../src/wire/slot.js';

/** A latch that somebody sleeps on, or is about to. */
const WANTED = 2;
const PATIENCE_MS = 20_000;

/** Has another thread do `what` with the record while this one holds the latch of `held` and, once that one wants it, does `meanwhile`. */
async function between(what: string, address: number, held: number, meanwhile: () => void): Promise<boolean> {
  const answer = new Int32Array(new SharedArrayBuffer(4));
  latch(held + Record.LATCH);
  const worker = new Worker(new URL('./fixtures/beside.js', import.meta.url), {
    workerData: { what, address, answer },
  });
  const end = performance.now() + PATIENCE_MS;
  while (Atomics.load(i32, held + Record.LATCH) !== WANTED && performance.now() < end) {
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  try {
    assert.equal(i32[held + Record.LATCH], WANTED, 'it comes to the latch');
    meanwhile();
  } finally {
    unlatch(held + Record.LATCH);
  }
  Atomics.wait(answer, 0, 0, PATIENCE_MS);
  await worker.terminate();
  assert.notEqual(answer[0], 0, 'it comes to an end');
  return answer[0] === 1;
}

function newOutcome(): number {
  const record = newRecord(0, OUTCOME_WORDS + 1);
  retain(record);
  return record;
}

test('a meeting that ends keeps its links until none can arrive any more', async () => {
  const meeting = newRecord(0, MEETING_WORDS);
  retain(meeting);
  const [late, early] = [newOutcome(), newOutcome()];
  for (const future of [late, early]) attend(meeting, future, linksOf(future), FINAL, standing);
  const value = allocate(8);
  writeSlot(value, 1, '');
  settle(early, FINISHED, value);
  // What arrives is chained to the arrival before: that link, and with it the reference on its future, must still be there.
  await between('disband', meeting, late, () => assert.equal(i32[early + Record.REFS], 2));
  for (const record of [late, early]) assert.equal(i32[record + Record.REFS], 1);
  for (const record of [late, early, meeting]) release(record);
  free(value);
});

const WORD: number = Record.BODY;
const WAITERS = 0x80000000 | 0;
const WRITER = 0x40000000;

for (const [what, before, after] of [
  ['leaveRead', 1 | WAITERS, WRITER],
  ['leaveRead', 1 | WAITERS, 0],
  ['leaveWrite', WRITER | WAITERS, 3],
  ['leaveWrite', WRITER | WAITERS, 0],
] as const) {
  test(`${what}() with the lock at ${before >>> 0}, and ${after} when it gets on: it is refused`, async () => {
    const lock = newRecord(0, RW_WORDS);
    retain(lock);
    i32[lock + WORD] = before;
    const left = await between(what, lock, lock, () => {
      i32[lock + WORD] = after;
    });
    assert.equal(left, false);
    assert.equal(i32[lock + WORD], after);
    release(lock);
  });
}
