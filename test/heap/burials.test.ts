/** What is done with the waits of a thread that died at the worst moment. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Agent, self } from '../../src/heap/agents.js';
import { allocate, free } from '../../src/heap/allocator.js';
import { i32 } from '../../src/heap/memory.js';
import { Record } from '../../src/heap/layout.js';
import { newRecord, release, retain } from '../../src/heap/records.js';
import { buryWaiters, onLoss } from '../../src/park/burial.js';
import * as room from '../../src/park/condition.js';
import { DISPATCH_WORDS, offer, takeJob, withdrawJob } from '../../src/park/dispatch.js';
import { FLAG_WORDS, untilUp } from '../../src/park/flag.js';
import { FOREVER } from '../../src/park/limit.js';
import { initialise, QUEUE_WORDS, sizeOf, take, tryPut, UNBOUNDED, unfinishedIn } from '../../src/park/queue.js';
import { FIFO } from '../../src/park/queue-storage.js';
import { Kind, newWaiter, queueLength, Waiter } from '../../src/park/waiter.js';
import { writeSlot } from '../../src/wire/slot.js';
import '../../src/queue/entries.js';
import { withFullHeap } from './full.js';

/** Makes this thread's waits those of an agent that is dead. */
function deadAgent(): number {
  const agent = allocate(4096);
  i32[agent + Agent.WAITERS] = i32[self.address + Agent.WAITERS];
  i32[self.address + Agent.WAITERS] = 0;
  return agent;
}

function newObject(words: number): number {
  const record = newRecord(0, words);
  retain(record);
  return record;
}

/** The first wait of an algorithm. */
function begin(steps: Generator<unknown, unknown, void>): number {
  return steps.next().value as number;
}

const LINK: number = Record.BODY;

test('a job that a parked worker was handed and did not come to begin goes back', () => {
  const dispatch = newObject(DISPATCH_WORDS);
  const job = newObject(1);
  const waiter = begin(takeJob(dispatch, LINK, 4, false, () => undefined));
  assert.equal(offer(dispatch, job, LINK), true);
  assert.equal(i32[waiter + Waiter.GIFT], job);
  const agent = deadAgent();
  buryWaiters(agent);
  assert.equal(withdrawJob(dispatch, LINK), job);
  for (const block of [dispatch, job]) release(block);
  free(agent);
});

test('so does one that a worker found when it came, if it dies before it begins', () => {
  const dispatch = newObject(DISPATCH_WORDS);
  const job = newObject(1);
  offer(dispatch, job, LINK);
  const dies = () => {
    throw new Error('dies');
  };
  assert.throws(() => begin(takeJob(dispatch, LINK, 4, false, dies)), /dies/);
  const agent = deadAgent();
  buryWaiters(agent);
  assert.equal(withdrawJob(dispatch, LINK), job);
  assert.equal(withdrawJob(dispatch, LINK), 0);
  for (const block of [dispatch, job]) release(block);
  free(agent);
});

test('who died before it stood in the room of a condition passes no notification on', () => {
  const condition = newObject(2);
  newWaiter(condition, Kind.CONDITION, 0);
  const agent = deadAgent();
  const living = room.join(condition);
  buryWaiters(agent);
  assert.notEqual(i32[living + Waiter.QUEUE], 0);
  room.withdrawAndFree(condition, living);
  assert.equal(queueLength(condition), 0);
  release(condition);
  free(agent);
});

test('an item that has no room to go back to is given up, said once, and the other waits are buried', () => {
  const CAPACITY = 16;
  const flag = newObject(FLAG_WORDS);
  const queue = newObject(QUEUE_WORDS);
  initialise(queue, FIFO, UNBOUNDED);
  const slot = allocate(8);
  const put = (value: unknown) => {
    writeSlot(slot, value, 'item');
    tryPut(queue, slot);
  };
  begin(untilUp(flag, FOREVER));
  begin(take(queue, slot, FOREVER, false));
  const item = newObject(1);
  put('handed over');
  for (let k = 0; k < CAPACITY; k++) put(k);
  assert.equal(unfinishedIn(queue), CAPACITY + 1);
  const agent = deadAgent();
  const heard: unknown[] = [];
  onLoss((error) => heard.push(error));
  withFullHeap(() => buryWaiters(agent));
  assert.equal(heard.length, 1);
  assert.match(String(heard[0]), /HeapExhaustedError/);
  assert.equal(sizeOf(queue), CAPACITY);
  assert.equal(unfinishedIn(queue), CAPACITY);
  assert.equal(queueLength(flag), 0);
  for (const block of [flag, queue, item]) release(block);
  free(slot);
  free(agent);
});
