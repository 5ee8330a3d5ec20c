/** Locks guard pairs of numbers that are equal outside of them; semaphores have their permits back in the end. */
import assert from 'node:assert/strict';
import { AbandonedError, AtomicInt32, BoundedSemaphore, Lock, RLock, RWLock, Semaphore, sharedArray } from 'threadwork';
import { turn } from '../stress/chance.js';
import { type Exclusive, tryToAcquire, tryToAcquireAsync } from '../stress/contest.js';
import type { Actor } from './actor.js';
import { Phase, type Workload } from './workload.js';

const PERMITS = 3;
const BOUNDED = 2;

interface Locks {
  lock: Lock;
  rlock: RLock;
  rw: RWLock;
  /** A pair for each of them. */
  pairs: Int32Array;
  /** How often each pair's first number was raised. */
  begun: Int32Array;
  torn: AtomicInt32;
  semaphore: Semaphore;
  bounded: BoundedSemaphore;
  /** Those who died waiting for a permit: it may have been in the hands of their event loops. */
  wanted: AtomicInt32;
  inside: AtomicInt32;
  most: AtomicInt32;
}

/** A side of a lock, the pair that it guards, and whether its holder may write to that. */
interface Choice {
  which: number;
  side: Exclusive;
  writes: boolean;
}

/** Whether it was acquired; what a dead holder left half-done is put right, as a program does that catches this. */
function enter(state: Locks, { which, writes }: Choice, acquire: () => boolean): boolean {
  try {
    return acquire();
  } catch (error) {
    return inherit(state, which, !writes, error);
  }
}

async function enterAsync(state: Locks, { which, writes }: Choice, acquire: () => Promise<boolean>): Promise<boolean> {
  try {
    return await acquire();
  } catch (error) {
    return inherit(state, which, !writes, error);
  }
}

function inherit({ pairs, rw }: Locks, which: number, reads: boolean, error: unknown): boolean {
  if (!(error instanceof AbandonedError)) throw error;
  // A reader may not mend anything.
  if (reads) {
    rw.readLock.release();
    return false;
  }
  pairs[2 * which + 1] = pairs[2 * which];
  return true;
}

function begin({ pairs, begun, torn }: Locks, which: number): void {
  if (pairs[2 * which] !== pairs[2 * which + 1]) torn.add(1);
  pairs[2 * which]++;
  Atomics.add(begun, which, 1);
}

function sideOf(state: Locks, actor: Actor): Choice {
  const which = actor.chance(3);
  if (which === 0) return { which, side: state.lock, writes: true };
  if (which === 1) return { which, side: state.rlock, writes: true };
  const writes = actor.chance(4) === 0;
  return { which, side: writes ? state.rw.writeLock : state.rw.readLock, writes };
}

function look({ pairs, torn }: Locks): void {
  if (pairs[4] !== pairs[5]) torn.add(1);
}

function countIn({ inside, most }: Locks): void {
  const count = inside.add(1) + 1;
  most.update((seen) => Math.max(seen, count));
}

function permitOf(state: Locks, actor: Actor): { permits: Semaphore; phase: number; isBounded: boolean } {
  const isBounded = actor.chance(2) === 0;
  return {
    permits: isBounded ? state.bounded : state.semaphore,
    phase: isBounded ? Phase.BOUNDED_PERMIT : Phase.PERMIT,
    isBounded,
  };
}

export const locks: Workload<Locks> = {
  name: 'locks',

  open: () => ({
    lock: new Lock(),
    rlock: new RLock(),
    rw: new RWLock(),
    pairs: sharedArray(Int32Array, 6),
    begun: sharedArray(Int32Array, 3),
    torn: new AtomicInt32(),
    semaphore: new Semaphore(PERMITS),
    bounded: new BoundedSemaphore(BOUNDED),
    wanted: new AtomicInt32(),
    inside: new AtomicInt32(),
    most: new AtomicInt32(),
  }),

  step(state, actor) {
    if (actor.chance(3) === 0) {
      const { permits, phase, isBounded } = permitOf(state, actor);
      if (!tryToAcquire(permits, actor.chance)) return;
      actor.note(phase);
      if (isBounded) countIn(state);
      actor.mayDie();
      if (isBounded) state.inside.sub(1);
      permits.release();
      actor.note(Phase.NOTHING);
      return;
    }
    const choice = sideOf(state, actor);
    const { which, side, writes } = choice;
    if (!enter(state, choice, () => tryToAcquire(side, actor.chance))) return;
    if (writes) begin(state, which);
    else look(state);
    const nested = which === 1 && actor.chance(2) === 0 && state.rlock.acquire();
    actor.mayDie();
    if (nested) state.rlock.release();
    if (writes) state.pairs[2 * which + 1]++;
    side.release();
  },

  async stepAsync(state, actor) {
    if (actor.chance(3) === 0) {
      const { permits, phase, isBounded } = permitOf(state, actor);
      actor.note(Phase.PERMIT_WANTED);
      const got = await tryToAcquireAsync(permits, actor.chance);
      actor.note(got ? phase : Phase.NOTHING);
      if (!got) return;
      if (isBounded) countIn(state);
      if (actor.chance(4) === 0) await turn();
      await actor.mayDieAsync();
      if (isBounded) state.inside.sub(1);
      permits.release();
      actor.note(Phase.NOTHING);
      return;
    }
    const choice = sideOf(state, actor);
    const { which, side, writes } = choice;
    if (!(await enterAsync(state, choice, () => tryToAcquireAsync(side, actor.chance)))) return;
    if (writes) begin(state, which);
    else look(state);
    if (actor.chance(4) === 0) await turn();
    await actor.mayDieAsync();
    if (writes) state.pairs[2 * which + 1]++;
    else look(state);
    side.release();
  },

  bury({ semaphore, bounded, wanted, inside }, phase) {
    if (phase === Phase.PERMIT_WANTED) wanted.add(1);
    if (phase === Phase.PERMIT) semaphore.release();
    if (phase !== Phase.BOUNDED_PERMIT) return;
    inside.sub(1);
    bounded.release();
  },

  async check(state) {
    const { pairs, begun, torn, semaphore, bounded, most, inside, wanted } = state;
    for (const [which, side] of [state.lock, state.rlock, state.rw.writeLock].entries()) {
      assert.ok(
        await enterAsync(state, { which, side, writes: true }, () => side.acquireAsync(10_000)),
        `${side} is free`,
      );
      assert.deepEqual([pairs[2 * which], pairs[2 * which + 1]], [begun[which], begun[which]], `the pair of ${side}`);
      side.release();
    }
    assert.equal(torn.value, 0, 'nobody sees a pair half-done');
    assert.equal(inside.value, 0);
    assert.ok(most.value <= BOUNDED, `${most.value} had a permit at once`);
    let missing = 0;
    for (const [permits, all] of [
      [semaphore, PERMITS],
      [bounded, BOUNDED],
    ] as const) {
      // What the last of the dead were given comes back when they are buried.
      for (let k = 0; k < all; k++) if (!(await permits.acquireAsync(2000))) missing++;
      assert.equal(permits.acquire(false), false, `${permits} has no permit more`);
    }
    assert.ok(missing <= wanted.value, `${missing} permits are missing, ${wanted.value} died waiting for one`);
  },
};
