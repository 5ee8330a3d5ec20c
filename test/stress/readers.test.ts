/** Readers that are terminated from outside at a random moment, also between entering and what notes it: they leave. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import v8 from 'node:v8';
import { Worker } from 'node:worker_threads';
import { agentAt } from '../../src/heap/agents.js';
import { MAX_AGENTS } from '../../src/heap/layout.js';
import { newRecord, release, retain } from '../../src/heap/records.js';
import { insideOf, leaveWrite, RW_WORDS, tryWrite } from '../../src/park/rw-mutex.js';
import { buryGuests } from '../../src/supervisor/guest.js';
import { chanceFrom } from './chance.js';
import { SCALE } from './contest.js';

const ROUNDS: number = Math.ceil(15 * SCALE);
const ME = 7;

// In optimised code, where small functions are part of those that call them, there are fewer places where V8 stops a thread.
v8.setFlagsFromString('--no-opt');
v8.setFlagsFromString('--no-maglev');

function agents(): number {
  let count = 0;
  for (let slot = 1; slot < MAX_AGENTS; slot++) if (agentAt(slot) !== 0) count++;
  return count;
}

function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

test('a reader that is terminated at any moment keeps no writer out', {
  skip: process.platform !== 'linux',
}, async () => {
  const lock = newRecord(0, RW_WORDS);
  retain(lock);
  const chance = chanceFrom(1);
  const before = agents();
  for (let round = 0; round < ROUNDS; round++) {
    const turns = new Int32Array(new SharedArrayBuffer(4));
    const worker = new Worker(new URL('./fixtures/reading.js', import.meta.url), { workerData: { lock, turns } });
    const enough = 1 + chance(1000);
    while (Atomics.load(turns, 0) < enough) await turn();
    await worker.terminate();
    for (buryGuests(); agents() > before; buryGuests()) await turn();
    assert.equal(insideOf(lock), 0, `round ${round}`);
    assert.equal(tryWrite(lock, ME), true);
    leaveWrite(lock);
  }
  release(lock);
});
