/**
 * Objects made and dropped leave the heap where it was. THREADWORK_STRESS=20 makes a million of each kind.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  AtomicFloat64,
  AtomicInt32,
  Barrier,
  Condition,
  Event,
  f64,
  i32,
  Lock,
  memoryUsage,
  RLock,
  RWLock,
  Semaphore,
  sharedArray,
  str,
  struct,
  StructArray,
} from 'threadwork';
import { collectGarbage, untilUsed } from '../shared/garbage.js';
import { SCALE } from './contest.js';

const COUNT = Math.ceil(50_000 * SCALE);

class Account extends struct({ balance: f64, owner: str, lock: Lock }) {}
class Point extends struct({ x: f64, y: f64, n: i32 }) {}

const kinds: Record<string, (k: number) => unknown> = {
  Lock: () => new Lock(),
  RLock: () => new RLock(),
  RWLock: () => new RWLock(),
  Event: () => new Event(),
  Condition: () => new Condition(),
  Semaphore: (k) => new Semaphore(k),
  Barrier: () => new Barrier(2),
  AtomicInt32: (k) => new AtomicInt32(k),
  AtomicFloat64: (k) => new AtomicFloat64(k),
  'struct of numbers': (k) => new Point({ x: k }),
  'struct with a text and a lock': (k) => new Account({ owner: `number ${k}` }),
  StructArray: () => new StructArray(Point, 4),
  sharedArray: () => sharedArray(Float64Array, 8),
};

for (const [name, make] of Object.entries(kinds)) {
  test(`${COUNT} × ${name}`, async () => {
    for (let k = 0; k < 100; k++) make(k);
    collectGarbage();
    const before = memoryUsage().used;
    for (let k = 0; k < COUNT; k++) make(k);
    // What stays are free blocks in this thread's stock, and seats for its handles.
    await untilUsed(before + 512 * 1024);
    assert.ok(memoryUsage().kinds['Record'] === undefined);
  });
}
