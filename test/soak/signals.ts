/** Events, a condition over a stock of tokens, a barrier, and what each thread has of its own. */
import assert from 'node:assert/strict';
import {
  AbandonedError,
  AtomicInt32,
  Barrier,
  BrokenBarrierError,
  Condition,
  Event,
  local,
  sharedArray,
} from 'threadwork';
import { abortedAfter } from '../stress/chance.js';
import type { Actor } from './actor.js';
import { Phase, type Workload } from './workload.js';

const PARTIES = 3;
const ROOM = 5;

interface Signals {
  event: Event;
  condition: Condition;
  /** Tokens there, made, used, and 1 when the round is over; all under the condition. */
  stock: Int32Array;
  barrier: Barrier;
  /** How often each index came out of the barrier. */
  passes: Int32Array;
  /** Of those who died at the barrier. */
  lost: AtomicInt32;
  mine: { count?: number };
}

/** After a death under the condition: a token is there or used, as the stock says. */
function inherit({ stock }: Signals, error: unknown): true {
  if (!(error instanceof AbandonedError)) throw error;
  stock[2] = stock[1] - stock[0];
  return true;
}

function look({ mine }: Signals, { own }: Actor): void {
  assert.equal(mine.count ?? 0, own.count, 'what a thread has of its own');
  mine.count = ++own.count;
}

function retry<R>(state: Signals, call: () => R): R | true {
  try {
    return call();
  } catch (error) {
    return inherit(state, error);
  }
}

async function retryAsync<R>(state: Signals, call: () => Promise<R>): Promise<R | true> {
  try {
    return await call();
  } catch (error) {
    return inherit(state, error);
  }
}

/** Whether the actor can go on: there is room or a token, or it is all over. */
const ready = (stock: Int32Array, makes: boolean) => stock[3] === 1 || (makes ? stock[0] < ROOM : stock[0] > 0);

/** Under the condition: makes or uses a token; `between` is called when that is half done. */
function change({ stock, condition }: Signals, makes: boolean, between: () => void): void {
  if (stock[3] === 1 || !ready(stock, makes)) return;
  if (makes) {
    stock[1]++;
    stock[0]++;
  } else {
    stock[0]--;
    between();
    stock[2]++;
  }
  if (stock[0] === 0 || stock[0] === ROOM) condition.notifyAll();
  else condition.notify();
}

function pass(state: Signals, actor: Actor, index: number): void {
  Atomics.add(state.passes, index, 1);
  actor.note(Phase.NOTHING);
}

function broken({ barrier }: Signals, actor: Actor, error: unknown): void {
  actor.note(Phase.NOTHING);
  if (!(error instanceof BrokenBarrierError)) throw error;
  if (actor.chance(2) === 0) barrier.reset();
}

export const signals: Workload<Signals> = {
  name: 'signals',

  open: () => ({
    event: new Event(),
    condition: new Condition(),
    stock: sharedArray(Int32Array, 4),
    barrier: new Barrier(PARTIES),
    passes: sharedArray(Int32Array, PARTIES),
    lost: new AtomicInt32(),
    mine: local<{ count?: number }>(),
  }),

  step(state, actor) {
    const { event, condition, stock, barrier } = state;
    look(state, actor);
    switch (actor.chance(6)) {
      case 0:
        event.set();
        return;
      case 1:
        event.clear();
        return;
      case 2:
        event.wait(actor.chance(3));
        return;
      case 3:
        actor.note(Phase.AT_BARRIER);
        try {
          pass(state, actor, barrier.wait(actor.chance(5) === 0 ? 1 : 20));
        } catch (error) {
          broken(state, actor, error);
        }
        return;
      default: {
        const makes = actor.chance(2) === 0;
        const limit = actor.chance(3) === 0 ? actor.chance(4) : undefined;
        retry(state, () => condition.acquire());
        while (!ready(stock, makes)) if (!retry(state, () => condition.wait(limit))) break;
        change(state, makes, () => {
          actor.mayDie();
        });
        condition.release();
      }
    }
  },

  async stepAsync(state, actor) {
    const { event, condition, stock, barrier } = state;
    look(state, actor);
    switch (actor.chance(6)) {
      case 0:
        event.set();
        return;
      case 1:
        event.clear();
        return;
      case 2:
        await abortedAfter(actor.chance(3), (signal) => event.waitAsync({ signal, timeout: 5 }));
        return;
      case 3:
        actor.note(Phase.AT_BARRIER);
        try {
          pass(state, actor, await barrier.waitAsync(actor.chance(5) === 0 ? 1 : 20));
        } catch (error) {
          broken(state, actor, error);
        }
        await actor.mayDieAsync();
        return;
      default: {
        const makes = actor.chance(2) === 0;
        const limit = actor.chance(3) === 0 ? actor.chance(4) : undefined;
        await retryAsync(state, () => condition.acquireAsync());
        while (!ready(stock, makes)) if (!(await retryAsync(state, () => condition.waitAsync(limit)))) break;
        change(state, makes, () => undefined);
        await actor.mayDieAsync();
        condition.release();
      }
    }
  },

  bury({ lost }, phase) {
    if (phase === Phase.AT_BARRIER) lost.add(1);
  },

  close(state) {
    const { condition, stock, barrier } = state;
    barrier.abort();
    try {
      if (!condition.acquire(false)) return;
    } catch (error) {
      inherit(state, error);
    }
    stock[3] = 1;
    condition.notifyAll();
    condition.release();
  },

  async check(state) {
    const { event, condition, stock, passes, lost } = state;
    await retryAsync(state, () => condition.acquireAsync(10_000));
    assert.equal(stock[1], stock[0] + stock[2], 'each token that was made is there or was used');
    condition.release();
    const most = Math.max(...passes);
    const least = Math.min(...passes);
    assert.ok(
      most - least <= lost.value,
      `each index comes out as often: ${passes}, ${lost.value} died at the barrier`,
    );
    event.set();
    assert.ok(event.wait(0));
  },
};
