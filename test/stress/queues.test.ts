/**
 * Eight producers and eight consumers, half of them asynchronous, at one queue: what goes in comes out, once. With timeouts and
 * aborts thrown in, a shutdown at the end, and threads that die in the middle.
 *
 * THREADWORK_STRESS=10 makes everything ten times as long.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  AtomicInt32,
  Empty,
  Full,
  LifoQueue,
  PriorityQueue,
  Queue,
  ShutDown,
  SimpleQueue,
  sleepAsync,
  Thread,
} from 'threadwork';
import { usedBytes } from '../../src/heap/allocator.js';
import { Crew } from '../conformance/crew.js';
import { asynchronous } from '../conformance/forms.js';
import { chanceFrom } from './chance.js';
import { DEADLINE_MS, SCALE } from './contest.js';

const SIDES = 8;
const ITEMS: number = Math.ceil((100_000 * SCALE) / SIDES) * SIDES;
/** Asynchronous calls that an asynchronous thread has pending at a time. */
const CHAINS = 3;

const GENERATIONS: number = Math.ceil(6 * SCALE);
/** Calls that a thread has pending when it dies. */
const DYING_CALLS = 4;

type Any = Queue<unknown> | SimpleQueue<unknown>;

/** The item with the number: of a kind and a size that depend on it. */
function itemOf(number: number): unknown {
  switch (number % 7) {
    case 0:
      return { number };
    case 1:
      return `${'x'.repeat(number % 90)}|${number}`;
    case 2:
      return [number, { text: 'some', more: [1, 2, 3] }];
    case 3:
      return number % 1001 === 3 ? [number, new Uint8Array(20_000)] : BigInt(number);
    default:
      return number;
  }
}

function numberOf(item: unknown): number {
  if (typeof item === 'string') return Number(item.slice(item.indexOf('|') + 1));
  if (Array.isArray(item)) return item[0] as number;
  if (typeof item === 'object') return (item as { number: number }).number;
  return Number(item);
}

/** Whether an attempt succeeded that may run out of time, or be aborted. */
async function attempt(call: () => unknown, keep: (result: unknown) => void = () => undefined): Promise<boolean> {
  try {
    keep(await call());
    return true;
  } catch (error) {
    if (error instanceof Empty || error instanceof Full || (error as Error).name === 'AbortError') return false;
    throw error;
  }
}

function soon(ms: number): AbortSignal {
  const controller = new AbortController();
  setTimeout(() => controller.abort(), ms);
  return controller.signal;
}

async function produce(queue: Any, producer: number): Promise<void> {
  const chance = chanceFrom(producer + 1);
  const isAsync = producer % 2 === 1;
  const next = async (from: number, step: number) => {
    for (let k = from; k < ITEMS / SIDES; k += step) {
      const item = itemOf(k * SIDES + producer);
      for (let done = false; !done; ) {
        const choice = chance(20);
        const wait = choice === 0 ? false : choice === 1 ? chance(3) : undefined;
        if (!isAsync) done = await attempt(() => queue.put(item, wait));
        else if (choice === 2) done = await attempt(() => queue.putAsync(item, { signal: soon(chance(3)) }));
        else done = await attempt(() => queue.putAsync(item, wait));
      }
    }
  };
  if (!isAsync) await next(0, 1);
  else await Promise.all(Array.from({ length: CHAINS }, (_, k) => next(k, CHAINS)));
}

/** Takes items until the queue is shut down, or a negative number comes. */
async function consume(queue: Any, consumer: number, take: (item: unknown) => void): Promise<void> {
  const chance = chanceFrom(consumer + 100);
  const isAsync = consumer % 2 === 1;
  let over = false;
  const next = async () => {
    while (!over) {
      const choice = chance(20);
      const wait = choice === 0 ? false : choice === 1 ? chance(3) : undefined;
      const keep = (item: unknown) => {
        if (typeof item === 'number' && item < 0) over = true;
        else take(item);
      };
      try {
        if (!isAsync) await attempt(() => queue.get(wait), keep);
        else if (choice === 2) await attempt(() => queue.getAsync({ signal: soon(chance(3)) }), keep);
        else await attempt(() => queue.getAsync(wait), keep);
      } catch (error) {
        if (!(error instanceof ShutDown)) throw error;
        over = true;
      }
    }
  };
  if (isAsync) await Promise.all(Array.from({ length: CHAINS }, next));
  else await next();
}

async function allComeOut(queue: Any): Promise<void> {
  const seen = new Int32Array(new SharedArrayBuffer(4 * ITEMS));
  const producers = new Crew(SIDES, (number) => produce(queue, number));
  const consumers = new Crew(SIDES, (number) =>
    consume(queue, number, (item) => {
      Atomics.add(seen, numberOf(item), 1);
      if (queue instanceof Queue) queue.taskDone();
    }),
  );
  await producers.join(asynchronous, DEADLINE_MS);
  if (queue instanceof Queue) {
    assert.equal(await queue.joinAsync(DEADLINE_MS), true);
    queue.shutdown();
  } else for (let k = 0; k < SIDES * CHAINS; k++) queue.put(-1);
  await consumers.join(asynchronous, DEADLINE_MS);
  assert.ok(
    seen.every((count) => count === 1),
    'every item comes out once',
  );
  if (queue instanceof Queue) assert.deepEqual([queue.qsize(), queue.unfinishedTasks], [0, 0]);
}

const KINDS: [string, () => Any][] = [
  ['Queue', () => new Queue()],
  ['a Queue with little room', () => new Queue(10)],
  ['LifoQueue', () => new LifoQueue(50)],
  ['PriorityQueue', () => new PriorityQueue<unknown>(100, { priority: numberOf })],
  ['SimpleQueue', () => new SimpleQueue()],
];

for (const [name, make] of KINDS) {
  test(`${name}: what goes in comes out`, async () => {
    const queue = make();
    await allComeOut(queue);
    assert.ok(queue instanceof SimpleQueue || queue.isShutdown);
  });
}

test('the heap is what it was', async () => {
  const queue = new Queue<unknown>();
  for (let k = 0; k < ITEMS; k++) queue.put(itemOf(k));
  for (let k = 0; k < ITEMS; k++) queue.get();
  const before = usedBytes();
  for (let round = 0; round < 3; round++) {
    const thread = new Thread({
      target: () => {
        for (let k = 0; k < ITEMS / 2; k++) queue.put(itemOf(k));
      },
    }).start();
    for (let k = 0; k < ITEMS / 2; k++) queue.get();
    assert.ok(await thread.joinAsync(DEADLINE_MS));
  }
  // Stocks of free blocks of both threads, a batch or two per size.
  assert.ok(usedBytes() - before < 1_000_000, `${usedBytes() - before} bytes more`);
});

test('a shutdown in the middle: what was put is got or dropped', async () => {
  for (let round = 0; round < Math.ceil(10 * SCALE); round++) {
    const queue = new Queue<number>(round % 2 === 0 ? 5 : 0);
    const put = new AtomicInt32();
    const got = new AtomicInt32();
    const crew = new Crew(6, async (number) => {
      try {
        for (let k = 0; ; k++) {
          if (number < 3) {
            if (number === 0) await queue.putAsync(k);
            else queue.put(k);
            put.add(1);
          } else {
            if (number === 3) await queue.getAsync();
            else queue.get();
            got.add(1);
          }
        }
      } catch (error) {
        assert.ok(error instanceof ShutDown);
      }
    });
    await sleepAsync(5);
    const immediate = round % 3 === 0;
    queue.shutdown({ immediate });
    await crew.join(asynchronous, DEADLINE_MS);
    if (immediate) assert.ok(got.value <= put.value);
    else assert.equal(got.value, put.value);
    assert.equal(queue.unfinishedTasks, got.value);
  }
});

test('deaths on both sides: nothing is lost but what the dead had taken', async () => {
  for (const make of [
    () => new Queue<number>(20),
    () => new LifoQueue<number>(20),
    () => new PriorityQueue<number>(20),
  ]) {
    const queue = make();
    const taken = new AtomicInt32();
    const accepted = new AtomicInt32();
    const living = new Crew(2, async (number) => {
      for (const item of queue) {
        assert.ok(item >= 0);
        taken.add(1);
        if (number === 0 && item % 64 === 0) await sleepAsync(0);
      }
    });
    for (let generation = 0; generation < GENERATIONS; generation++) {
      const mortals = [0, 1].map((number) =>
        new Thread({
          target: async () => {
            const goOn = async () => {
              for (let k = 0; ; k++) {
                if (number === 0) {
                  await queue.putAsync(k);
                  accepted.add(1);
                } else {
                  await queue.getAsync();
                  taken.add(1);
                }
              }
            };
            for (let k = 0; k < DYING_CALLS; k++) void goOn();
            await sleepAsync(2 + ((generation * 5 + number * 3) % 9));
            process.exit(0);
          },
        }).start(),
      );
      for (const mortal of mortals) assert.ok(await mortal.joinAsync(DEADLINE_MS));
    }
    for (let k = 0; k < 100; k++) queue.put(k);
    queue.shutdown();
    await living.join(asynchronous, DEADLINE_MS);
    const count = queue.unfinishedTasks;
    // What was let in, and what was got, may not have come to the notice of each call of those who died.
    const unnoticed = DYING_CALLS * GENERATIONS;
    assert.ok(accepted.value + 100 <= count && count <= accepted.value + 100 + unnoticed);
    assert.ok(count - unnoticed <= taken.value && taken.value <= count);
  }
});
