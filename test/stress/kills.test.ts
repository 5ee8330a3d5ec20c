/**
 * Threads that are killed at a random moment, in every way in which a thread can end, in the middle of whatever they do to a lock, a
 * queue, a map, a barrier and a pool that four others work on, or while they start threads. Those must go on, and nothing may be
 * lost or done twice but what the dead one had in its hands.
 *
 * THREADWORK_STRESS=20 kills a thousand. The seed is printed; THREADWORK_SEED sets it.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  AbandonedError,
  AtomicInt32,
  Barrier,
  BrokenBarrierError,
  Event,
  Lock,
  Queue,
  setExcepthook,
  shared,
  sharedArray,
  sleep,
  sleepAsync,
  Thread,
  threadDump,
  ThreadPoolExecutor,
} from 'threadwork';
import { until } from '../conformance/crew.js';
import { chanceFrom } from './chance.js';
import { DEADLINE_MS, SCALE } from './contest.js';

const ROUNDS: number = Math.ceil(50 * SCALE);
const SEED = Number(process.env.THREADWORK_SEED ?? Date.now() % 1_000_000);
/** Whoever has not gone on by then hangs. */
const WATCHDOG_MS = 10_000;
const LIVING = 4;
const KEYS = 8;
/** Items are numbered; those beyond are the last victims'. */
const MOST_ITEMS = 2 ** 22;

/** Ends the thread that calls it. Out of memory comes last: it takes a second. */
const WAYS: ((inside: string) => unknown)[] = [
  (inside) => {
    throw new Error(`killed inside ${inside}`);
  },
  () => process.exit(3),
  () => {
    void Promise.reject(new Error('killed by a rejection'));
    return sleepAsync(10_000);
  },
  () => {
    setImmediate(() => {
      throw new Error('killed in the event loop');
    });
    return sleepAsync(10_000);
  },
  () => {
    const deep = (): number => deep() + 1;
    return deep();
  },
  () => {
    const hoard: unknown[] = [];
    for (;;) hoard.push(Array.from({ length: 10_000 }, () => 0));
  },
];
const OUT_OF_MEMORY = WAYS.length - 1;
const STEPS = 9;
const SMALL_HEAP = { maxOldGenerationSizeMb: 16 };

const double = (n: number) => 2 * n;
/** A task whose worker dies of it, or which fails. */
const mortalTask = (way: number) => WAYS[way]('a pool');

test(`killed threads harm nobody (seed ${SEED})`, async () => {
  console.log(`# THREADWORK_SEED=${SEED}`);
  const over = new Event();
  const lock = new Lock();
  const pair = sharedArray(Int32Array, 2);
  const queue = new Queue<number>(LIVING + 4);
  const nextItem = new AtomicInt32();
  const taken = sharedArray(Uint8Array, MOST_ITEMS);
  const twice = new AtomicInt32();
  const torn = new AtomicInt32();
  const inherited = new AtomicInt32();
  const map = shared(new Map<number, number>());
  for (let key = 0; key < KEYS; key++) map.set(key, 0);
  const updates = new AtomicInt32();
  const progress = sharedArray(Int32Array, LIVING);
  const refused = new AtomicInt32();
  const barrier = new Barrier(2);
  const pool = new ThreadPoolExecutor({ maxWorkers: 2, resourceLimits: SMALL_HEAP });
  const started = new AtomicInt32();
  const ran = new AtomicInt32();

  /** Both numbers of the pair are one more afterwards; `die` is called between. */
  const critical = (die: () => unknown): unknown => {
    if (pair[0] !== pair[1]) torn.add(1);
    pair[0]++;
    const end = die();
    pair[1]++;
    return end;
  };
  /** The holder before died: what it left half-done is put right, as a program does that catches this. */
  const inherit = (error: unknown) => {
    if (!(error instanceof AbandonedError)) throw error;
    inherited.add(1);
    pair[1] = pair[0];
  };
  const take = (item: number) => {
    if (Atomics.add(taken, item, 1) !== 0) twice.add(1);
  };
  const nothing = () => undefined;
  /** Whoever comes too late for the other one, or meets one who died there, sets the barrier up again. */
  const repair = (error: unknown) => {
    if (!(error instanceof BrokenBarrierError)) throw error;
    if (barrier.broken) barrier.reset();
  };
  const startOne = () => {
    new Thread({
      target: () => {
        ran.add(1);
      },
    }).start();
    started.add(1);
  };

  const workBlocking = (number: number) => {
    const chance = chanceFrom(SEED + number);
    while (!over.isSet()) {
      try {
        lock.acquire();
      } catch (error) {
        inherit(error);
      }
      critical(nothing);
      lock.release();
      queue.put(nextItem.add(1));
      take(queue.get());
      map.update(chance(KEYS), (count) => (count ?? 0) + 1);
      updates.add(1);
      try {
        barrier.wait(chance(5));
      } catch (error) {
        repair(error);
      }
      assert.equal(pool.submit(double, number).result(), 2 * number);
      Atomics.add(progress, number, 1);
      sleep(chance(3));
    }
  };
  const workAsync = async (number: number) => {
    const chance = chanceFrom(SEED + number);
    while (!over.isSet()) {
      try {
        await lock.acquireAsync();
      } catch (error) {
        inherit(error);
      }
      critical(nothing);
      lock.release();
      await queue.putAsync(nextItem.add(1));
      take(await queue.getAsync());
      map.update(chance(KEYS), (count) => (count ?? 0) + 1);
      updates.add(1);
      try {
        await barrier.waitAsync(chance(5));
      } catch (error) {
        repair(error);
      }
      assert.equal(await pool.submit(double, number), 2 * number);
      Atomics.add(progress, number, 1);
      await sleepAsync(chance(3));
    }
  };

  /** Works as the others do, until it dies in the chosen step of the chosen turn. */
  const victim = async (seed: number, way: number) => {
    const chance = chanceFrom(seed);
    const die = () => WAYS[way](`turn ${turns}, step ${step}`);
    const step = chance(STEPS);
    let turns = chance(10);
    for (; ; turns--) {
      const fatal = turns <= 0;
      if (fatal && step === 0) await die();
      try {
        if (chance(2) === 0) lock.acquire();
        else await lock.acquireAsync();
      } catch (error) {
        inherit(error);
      }
      // A critical section is left by its end only: who holds the lock at its death leaves the pair half-done.
      const end = critical(fatal && step === 1 ? die : nothing);
      if (end instanceof Promise) await end;
      lock.release();
      const item = nextItem.add(1);
      if (fatal && step === 2) {
        void queue.putAsync(item);
        await die();
      }
      queue.put(item);
      if (fatal && step === 3) {
        void queue.getAsync();
        await die();
      }
      take(queue.get());
      if (fatal && step === 4) map.update(chance(KEYS), (count) => (die(), (count ?? 0) + 0));
      map.update(chance(KEYS), (count) => (count ?? 0) + 1);
      updates.add(1);
      if (fatal && step === 5) {
        void barrier.waitAsync().catch(() => undefined);
        await die();
      }
      if (fatal && step === 6) {
        startOne();
        await die();
      }
      if (fatal && step === 7) {
        void pool.submit(double, 1).resultAsync();
        await die();
      }
      if (fatal) await die();
    }
  };

  // What the victims die of is no news.
  const before = setExcepthook(() => undefined);
  const living = Array.from({ length: LIVING }, (_, k) =>
    new Thread({
      target: async (number: number) => {
        try {
          if (number % 2 === 0) workBlocking(number);
          else await workAsync(number);
        } catch (error) {
          refused.add(1);
          throw error;
        }
      },
      args: [k],
      daemon: true,
    }).start(),
  );
  const chance = chanceFrom(SEED);
  for (let round = 0; round < ROUNDS; round++) {
    const way = chance(50) === 0 ? OUT_OF_MEMORY : chance(OUT_OF_MEMORY);
    const resourceLimits = way === OUT_OF_MEMORY ? SMALL_HEAP : undefined;
    const mortal = new Thread({ target: victim, args: [SEED + 1000 + round, way], resourceLimits }).start();
    assert.ok(await mortal.joinAsync(WATCHDOG_MS), `round ${round}, way ${way}: the victim hangs`);
    if (round % 4 === 0) {
      // As a worker of the pool.
      const failure = await pool.submit(mortalTask, way).exceptionAsync(WATCHDOG_MS);
      assert.notEqual(failure, null, `round ${round}, way ${way}: a task that kills its worker`);
    }
    const seen = Array.from(progress);
    const goOn = () => refused.value > 0 || seen.every((count, k) => Atomics.load(progress, k) > count);
    await until(`all go on in round ${round}, way ${way}: ${seen.join()}`, goOn, WATCHDOG_MS).catch((error: Error) => {
      throw new Error(`${error.message}, now ${Array.from(progress).join()}\n${threadDump()}`);
    });
    // What the dead put and nobody is going to take: each of the living takes one for one that it put.
    while (queue.qsize() > LIVING) take(queue.getNowait());
    assert.equal(refused.value, 0, `round ${round}, way ${way}: one of the living failed`);
  }
  over.set();
  for (const thread of living) assert.ok(await thread.joinAsync(DEADLINE_MS));
  setExcepthook(before);
  await pool.shutdownAsync();
  await until('what the dead started has run', () => ran.value === started.value);
  try {
    assert.ok(lock.acquire(5000));
  } catch (error) {
    inherit(error);
  }
  assert.equal(pair[0], pair[1]);
  assert.equal(torn.value, 0, 'nobody finds the pair half-done without an AbandonedError');
  assert.equal(twice.value, 0, 'no item is taken twice');
  while (!queue.empty()) take(queue.getNowait());
  let missing = 0;
  for (let item = 0; item < nextItem.value; item++) if (taken[item] === 0) missing++;
  assert.ok(missing <= 2 * ROUNDS, `${missing} items are missing after ${ROUNDS} deaths`);
  let sum = 0;
  for (const count of map.values()) sum += count;
  assert.ok(Math.abs(sum - updates.value) <= ROUNDS, `${updates.value} updates, ${sum} counted`);
  console.log(
    `# ${ROUNDS} killed, ${inherited.value} locks inherited, ${nextItem.value} items, ${missing} gone with the dead`,
  );
});
