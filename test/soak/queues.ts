/** Queues of all kinds: each item that was put is taken once, whoever dies with what in his hands. */
import assert from 'node:assert/strict';
import {
  AtomicInt32,
  Empty,
  Full,
  LifoQueue,
  PriorityQueue,
  Queue,
  sharedArray,
  ShutDown,
  SimpleQueue,
  sleepAsync,
} from 'threadwork';
import { abortedAfter } from '../stress/chance.js';
import type { Actor } from './actor.js';
import { Phase, type Workload } from './workload.js';

const KINDS = 5;
const SIMPLE = 3;
/** Items of a round: numbers, whose last digit to the base KINDS is their queue. */
const MOST_ITEMS = 2 ** 21;

/** What became of an item. Nobody knows whether INTENDED ones are inside, if who put them died over it. */
const INTENDED = 1;
const INSIDE = 2;
const TAKEN = 3;
const REFUSED = 4;

type Item = number | { item: number; text: string };
type AnyQueue = Queue<Item> | SimpleQueue<Item>;

interface Queues {
  all: AnyQueue[];
  next: AtomicInt32;
  fates: Uint8Array;
  /** Items taken that were not inside, or refused ones that were. */
  wrong: AtomicInt32;
  /** Those who died over a put, and over a get: of each, what he was about may be lost. */
  putters: AtomicInt32;
  getters: AtomicInt32;
}

const priorityOf = (item: Item) => (typeof item === 'number' ? item % 7 : 0);

function newItem({ next, fates }: Queues, which: number): number {
  const item = next.add(1) * KINDS + which;
  if (item >= MOST_ITEMS) return -1;
  fates[item] = INTENDED;
  return item;
}

function isPut({ fates }: Queues, actor: Actor, item: number): void {
  Atomics.compareExchange(fates, item, INTENDED, INSIDE);
  actor.note(Phase.NOTHING);
}

/** A put or get that came to nothing: no room, no item, no queue any more, or an abort. */
function isNone(error: unknown): boolean {
  return error instanceof Full || error instanceof Empty || error instanceof ShutDown;
}

function isRefused({ fates, wrong }: Queues, actor: Actor, item: number, error?: unknown): void {
  if (Atomics.exchange(fates, item, REFUSED) !== INTENDED) wrong.add(1);
  actor.note(Phase.NOTHING);
  if (error !== undefined && !isNone(error)) throw error;
}

function take({ fates, wrong }: Queues, queue: AnyQueue, value: Item): number {
  const item = typeof value === 'number' ? value : value.item;
  const before = Atomics.exchange(fates, item, TAKEN);
  if (before !== INTENDED && before !== INSIDE) wrong.add(1);
  if (typeof value !== 'number' && value.text !== `item ${item}`) wrong.add(1);
  if (queue instanceof Queue) queue.taskDone();
  return item;
}

const valueOf = (item: number): Item => (item % 4 === 0 ? { item, text: `item ${item}` } : item);

export const queues: Workload<Queues> = {
  name: 'queues',

  open: () => ({
    all: [
      new Queue<Item>(6),
      new LifoQueue<Item>(0),
      new PriorityQueue<Item>(5, { priority: priorityOf }),
      new SimpleQueue<Item>(),
      new Queue<Item>(0),
    ],
    next: new AtomicInt32(),
    fates: sharedArray(Uint8Array, MOST_ITEMS),
    wrong: new AtomicInt32(),
    putters: new AtomicInt32(),
    getters: new AtomicInt32(),
  }),

  step(state, actor) {
    const which = actor.chance(KINDS);
    const queue = state.all[which];
    const limit = actor.chance(4) === 0 ? actor.chance(3) : actor.chance(6) === 0 ? { block: false } : undefined;
    if (actor.chance(2) === 0) {
      const item = newItem(state, which);
      if (item < 0) return;
      actor.note(Phase.PUT, item);
      actor.mayDie();
      try {
        queue.put(valueOf(item), limit);
        isPut(state, actor, item);
      } catch (error) {
        isRefused(state, actor, item, error);
      }
      actor.mayDie();
      return;
    }
    try {
      take(state, queue, queue.get(limit));
    } catch (error) {
      if (!isNone(error)) throw error;
    }
    actor.mayDie();
  },

  async stepAsync(state, actor) {
    const which = actor.chance(KINDS);
    const queue = state.all[which];
    const limit = actor.chance(4) === 0 ? actor.chance(3) : undefined;
    const aborts = actor.chance(4) === 0;
    if (actor.chance(2) === 0) {
      const item = newItem(state, which);
      if (item < 0) return;
      actor.note(Phase.PUT, item);
      await actor.mayDieAsync();
      const put = (options?: object | number) => queue.putAsync(valueOf(item), options).then(() => true);
      try {
        if (aborts ? await abortedAfter(actor.chance(3), (signal) => put({ signal })) : await put(limit)) {
          isPut(state, actor, item);
        } else isRefused(state, actor, item);
      } catch (error) {
        isRefused(state, actor, item, error);
      }
      return;
    }
    actor.note(Phase.GET);
    const get = (options?: object | number) =>
      queue.getAsync(options).then((value) => {
        take(state, queue, value as Item);
        actor.note(Phase.NOTHING);
        return true;
      });
    try {
      if (aborts) await abortedAfter(actor.chance(3), (signal) => get({ signal }));
      else await get(limit);
    } catch (error) {
      if (!isNone(error)) throw error;
    }
    actor.note(Phase.NOTHING);
    await actor.mayDieAsync();
  },

  bury({ putters, getters }, phase) {
    if (phase === Phase.PUT) putters.add(1);
    if (phase === Phase.GET) getters.add(1);
  },

  close(state) {
    for (const queue of state.all) {
      if (queue instanceof Queue) queue.shutdown();
      else {
        // Whoever waits for an item gets one.
        for (let k = 0; k < 4; k++) {
          const item = newItem(state, SIMPLE);
          if (item < 0) break;
          state.fates[item] = INSIDE;
          queue.put(valueOf(item));
        }
      }
    }
  },

  async check(state) {
    const { all, next, fates, wrong, putters, getters } = state;
    const last = Math.min(next.value * KINDS, MOST_ITEMS);
    const drain = () => {
      for (const queue of all) {
        let priority = -Infinity;
        while (!queue.empty()) {
          const value = queue.get(false);
          take(state, queue, value);
          if (!(queue instanceof PriorityQueue)) continue;
          assert.ok(priorityOf(value) >= priority, 'the lowest priority comes first');
          priority = priorityOf(value);
        }
      }
    };
    const fated = (fate: number) => fates.subarray(0, last).reduce((sum, found) => sum + Number(found === fate), 0);
    // What the last of the dead had been handed comes back when they are buried, but for what their event loops had in hands.
    const end = performance.now() + 2000;
    for (drain(); fated(INSIDE) > 0 && performance.now() < end; drain()) await sleepAsync(5);
    const lost = fated(INSIDE);
    assert.ok(lost <= getters.value, `${lost} items are lost, ${getters.value} died over a get`);
    assert.equal(wrong.value, 0, 'no item is taken twice, and none that was refused');
    assert.ok(fated(INTENDED) <= putters.value, `${fated(INTENDED)} items unknown, ${putters.value} died over a put`);
    const unfinished = all.reduce((sum, queue) => sum + (queue instanceof Queue ? queue.unfinishedTasks : 0), 0);
    assert.ok(unfinished <= lost, `${unfinished} items are not done, ${lost} are lost`);
  },
};
