/** Threads that start threads: what was started runs to its end, also when its starter dies. */
import assert from 'node:assert/strict';
import { AtomicInt32, run, Thread, Timer } from 'threadwork';
import { until } from '../conformance/crew.js';
import { turn } from '../stress/chance.js';
import type { Actor } from './actor.js';
import type { Workload } from './workload.js';

/** A start takes as long as hundreds of other operations. */
const RARITY = 6;

interface Threads {
  started: AtomicInt32;
  ran: AtomicInt32;
}

function start({ started, ran }: Threads): Thread {
  const thread = new Thread({
    target: () => {
      ran.add(1);
    },
  }).start();
  started.add(1);
  return thread;
}

/** A timer that rings once, or at most once if it is called off. */
function time({ chance }: Actor): { timer: Timer; rings: AtomicInt32; calledOff: boolean } {
  const rings = new AtomicInt32();
  const timer = new Timer(chance(3), () => {
    rings.add(1);
  });
  timer.start();
  const calledOff = chance(2) === 0;
  if (calledOff) timer.cancel();
  return { timer, rings, calledOff };
}

function verify({ rings, calledOff }: { rings: AtomicInt32; calledOff: boolean }): void {
  assert.ok(rings.value === 1 || (calledOff && rings.value === 0), `a timer rang ${rings.value} times`);
}

export const threads: Workload<Threads> = {
  name: 'threads',

  open: () => ({ started: new AtomicInt32(), ran: new AtomicInt32() }),

  step(state, actor) {
    if (actor.chance(RARITY) > 0) return;
    if (actor.chance(3) === 0) {
      const timed = time(actor);
      assert.ok(timed.timer.join());
      verify(timed);
      return;
    }
    const thread = start(state);
    actor.mayDie();
    assert.ok(thread.join());
    assert.equal(thread.isAlive(), false);
  },

  async stepAsync(state, actor) {
    if (actor.chance(RARITY) > 0) {
      await turn();
      return;
    }
    if (actor.chance(3) === 0) {
      const timed = time(actor);
      assert.ok(await timed.timer.joinAsync());
      verify(timed);
      return;
    }
    if (actor.chance(3) === 0) {
      assert.equal(await run((n: number) => n + 1, 4), 5);
      return;
    }
    const thread = start(state);
    await actor.mayDieAsync();
    assert.ok(await thread.joinAsync());
  },

  async check({ started, ran }) {
    await until('all that were started ran', () => ran.value === started.value);
  },
};
