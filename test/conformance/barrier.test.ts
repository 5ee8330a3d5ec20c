/** Barrier. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inspect } from 'node:util';
import { AtomicInt32, Barrier, BrokenBarrierError, Event, Lock, RuntimeError, ValueError } from 'threadwork';
import { Crew, promptly, settle, taking, until } from './crew.js';
import { type Form, inBothForms, refuses } from './forms.js';

const PARTIES = 5;

/** Passes the barrier; true if it was broken instead. */
async function isBrokenFor(form: Form, barrier: Barrier, wait?: number | null): Promise<boolean> {
  try {
    await form.pass(barrier, wait);
    return false;
  } catch (error) {
    assert.ok(error instanceof BrokenBarrierError, String(error));
    return true;
  }
}

test('BARRIER-001 no parties', () => {
  for (const parties of [0, -1]) assert.throws(() => new Barrier(parties), ValueError);
});

inBothForms('BARRIER-002 in lockstep', async (form) => {
  const barrier = new Barrier(PARTIES);
  const before = new AtomicInt32();
  const between = new AtomicInt32();
  await new Crew(PARTIES, async () => {
    before.add(1);
    await form.pass(barrier);
    assert.equal(before.value, PARTIES);
    between.add(1);
    await form.pass(barrier);
    assert.equal(between.value, PARTIES);
  }).join(form);
  assert.equal(barrier.nWaiting, 0);
  assert.equal(barrier.broken, false);
});

inBothForms('BARRIER-004 distinct indices', async (form) => {
  const barrier = new Barrier(PARTIES);
  const sum = new AtomicInt32();
  const bits = new AtomicInt32();
  await new Crew(PARTIES, async () => {
    const index = await form.pass(barrier);
    assert.ok(Number.isInteger(index));
    sum.add(index);
    bits.or(1 << index);
  }).join(form);
  assert.equal(sum.value, 10);
  assert.equal(bits.value, 0b11111);
});

inBothForms('BARRIER-005 one action a round, before anybody goes on', async (form) => {
  const calls = new AtomicInt32();
  const barrier = new Barrier(PARTIES, { action: () => void calls.add(1) });
  const meeting = new Barrier(PARTIES);
  await new Crew(PARTIES, async () => {
    for (let round = 1; round <= 3; round++) {
      await form.pass(barrier);
      assert.equal(calls.value, round);
      // Without it a fast thread would see the action of its next round.
      await form.pass(meeting);
    }
  }).join(form);
  assert.equal(calls.value, 3);
});

inBothForms('BARRIER-007 reset', async (form) => {
  const barrier = new Barrier(PARTIES);
  const broken = new AtomicInt32();
  const passed = new AtomicInt32();
  const meeting = new Barrier(PARTIES);
  await new Crew(PARTIES, async () => {
    const index = await form.pass(barrier);
    if (index === 2) {
      await until('the others wait', () => barrier.nWaiting === PARTIES - 1);
      barrier.reset();
    } else if (await isBrokenFor(form, barrier)) broken.add(1);
    await form.pass(meeting);
    assert.equal(barrier.broken, false);
    await form.pass(barrier);
    passed.add(1);
  }).join(form);
  assert.equal(broken.value, PARTIES - 1);
  assert.equal(passed.value, PARTIES);
});

inBothForms('BARRIER-009 one comes too late', async (form) => {
  const barrier = new Barrier(PARTIES, { timeout: 2000 });
  const broken = new AtomicInt32();
  await new Crew(PARTIES, async (number) => {
    if (number === 0) {
      await settle(100);
      if (await promptly(() => isBrokenFor(form, barrier))) broken.add(1);
    } else if (await isBrokenFor(form, barrier, 500)) broken.add(1);
  }).join(form);
  assert.equal(broken.value, PARTIES);
  assert.equal(barrier.broken, true);
});

inBothForms('BARRIER-011 a party of one', async (form) => {
  const barrier = new Barrier(1);
  for (let k = 0; k < 3; k++) assert.equal(await promptly(() => form.pass(barrier)), 0);
  assert.equal(await form.pass(barrier, 0), 0);
});

inBothForms('BARRIER-013 a barrier made of two locks', async (form) => {
  const size = 10;
  const entrance = new Lock();
  const exit = new Lock();
  const inside = new AtomicInt32();
  const arrivals = new AtomicInt32();
  await form.acquire(exit);
  // A sluice: the last one in opens the exit and leaves the entrance shut, the last one out does the reverse.
  const pass = async () => {
    await form.acquire(entrance);
    inside.store(inside.load() + 1);
    if (inside.load() < size) entrance.release();
    else exit.release();
    await form.acquire(exit);
    inside.store(inside.load() - 1);
    if (inside.load() > 0) exit.release();
    else entrance.release();
  };
  await new Crew(size, async () => {
    for (let round = 1; round <= 3; round++) {
      arrivals.add(1);
      await pass();
      assert.ok(arrivals.value >= round * size, `round ${round} went on with ${arrivals.value} arrivals`);
    }
  }).join(form);
  assert.equal(arrivals.value, 3 * size);
  assert.equal(entrance.locked(), false);
  assert.equal(exit.locked(), true);
});

inBothForms('BARRIER-014 the action fails', async (form) => {
  const barrier = new Barrier(PARTIES, {
    action: () => {
      throw new URIError('thrown by the action');
    },
  });
  const failed = new AtomicInt32();
  const broken = new AtomicInt32();
  await new Crew(PARTIES, async () => {
    try {
      await form.pass(barrier);
    } catch (error) {
      if (error instanceof URIError && error.message === 'thrown by the action') failed.add(1);
      else if (error instanceof BrokenBarrierError) broken.add(1);
    }
  }).join(form);
  assert.deepEqual([failed.value, broken.value], [1, PARTIES - 1]);
  assert.equal(barrier.broken, true);
});

inBothForms('BARRIER-015 broken, then reset', async (form) => {
  const barrier = new Barrier(2);
  barrier.abort();
  await promptly(() => refuses(form, BrokenBarrierError, () => form.pass(barrier)));
  assert.equal(barrier.broken, true);
  barrier.reset();
  assert.equal(barrier.broken, false);
  const crew = new Crew(2, () => form.pass(barrier));
  await crew.join(form);
});

inBothForms('BARRIER-017 abort', async (form) => {
  const barrier = new Barrier(PARTIES);
  assert.equal(barrier.broken, false);
  barrier.abort();
  assert.equal(barrier.broken, true);
  await refuses(form, BrokenBarrierError, () => form.pass(barrier));

  const crowded = new Barrier(3);
  const crew = new Crew(2, async () => assert.equal(await isBrokenFor(form, crowded), true));
  await until('two wait', () => crowded.nWaiting === 2);
  crowded.abort();
  await crew.join(form);
  assert.equal(crowded.broken, true);
  assert.equal(crowded.nWaiting, 0);
});

inBothForms('BARRIER-018 one timeout breaks it for all', async (form) => {
  const barrier = new Barrier(PARTIES);
  const broken = new AtomicInt32();
  const crew = new Crew(PARTIES - 2, async () => {
    if (await isBrokenFor(form, barrier)) broken.add(1);
  });
  await until('they wait', () => barrier.nWaiting === PARTIES - 2);
  assert.equal(await taking(100, () => isBrokenFor(form, barrier, 100)), true);
  await crew.join(form);
  assert.equal(broken.value, PARTIES - 2);
  assert.equal(barrier.broken, true);
});

inBothForms('who comes late cannot break the round before', async (form) => {
  const leading = new Event();
  const enough = new Event();
  const barrier = new Barrier(2, {
    action: () => {
      leading.set();
      enough.wait();
    },
  });
  const passed = new AtomicInt32();
  const crew = new Crew(2, async () => {
    await form.pass(barrier);
    passed.add(1);
  });
  await form.wait(leading);
  assert.equal(barrier.nWaiting, 0);
  const late = new Crew(1, async () => assert.equal(await isBrokenFor(form, barrier, 5), true));
  assert.equal(await late.stillInside(), 1);
  enough.set();
  await crew.join(form);
  assert.equal(passed.value, 2);
  await late.join(form);
  assert.equal(barrier.broken, true);
});

inBothForms('reset during the action', async (form) => {
  const leading = new Event();
  const enough = new Event();
  const barrier = new Barrier(2, {
    action: () => {
      leading.set();
      enough.wait();
      throw new URIError('thrown by the action');
    },
  });
  const broken = new AtomicInt32();
  const failed = new AtomicInt32();
  const crew = new Crew(2, async () => {
    try {
      if (await isBrokenFor(form, barrier)) broken.add(1);
    } catch {
      failed.add(1);
    }
  });
  await form.wait(leading);
  barrier.reset();
  enough.set();
  await crew.join(form);
  assert.deepEqual([broken.value, failed.value], [1, 1]);
  assert.equal(barrier.broken, false);
});

inBothForms('the timeout of the constructor', async (form) => {
  const barrier = new Barrier(2, { timeout: 100 });
  for (const wait of [undefined, null]) {
    assert.equal(await taking(100, () => isBrokenFor(form, barrier, wait)), true);
    barrier.reset();
  }
  // An own timeout counts instead, and Infinity is one.
  const patient = new Crew(2, async (number) => {
    if (number === 0) await settle(20);
    assert.equal(await isBrokenFor(form, barrier, Infinity), false);
  });
  await patient.join(form);
});

inBothForms('parties, nWaiting, broken and the text form', async (form) => {
  const barrier = new Barrier(3);
  assert.deepEqual([barrier.parties, barrier.nWaiting, barrier.broken], [3, 0, false]);
  assert.match(String(barrier), /waiters=0\/3/);
  const crew = new Crew(2, () => isBrokenFor(form, barrier));
  await until('two wait', () => barrier.nWaiting === 2);
  assert.match(inspect(barrier), /waiters=2\/3/);
  barrier.abort();
  await crew.join(form);
  assert.deepEqual([barrier.parties, barrier.nWaiting, barrier.broken], [3, 0, true]);
  assert.match(inspect(barrier), /broken/);
});

test('BARRIER-020 BrokenBarrierError is a RuntimeError', () => {
  assert.ok(new BrokenBarrierError() instanceof RuntimeError);
});

inBothForms('an action is the same captured copy in every thread, whoever comes last', async (form) => {
  const log: string[] = [];
  const note = () => log.push('opened');
  for (const action of [() => void log.push('opened'), () => void note(), note.bind(null) as () => void]) {
    const barrier = new Barrier(1, { action });
    let mine: unknown;
    try {
      await form.pass(barrier);
    } catch (error) {
      mine = error;
    }
    // What it captured is frozen, in the thread that made the barrier too.
    assert.ok(mine instanceof TypeError, `${String(mine)}, ${log.length}`);
    barrier.reset();
    const refused = new AtomicInt32();
    const crew = new Crew(1, async () => {
      try {
        await form.pass(barrier);
      } catch (error) {
        if (error instanceof TypeError) refused.add(1);
      }
    });
    await crew.join(form);
    assert.equal(refused.value, 1);
  }
  assert.deepEqual(log, []);
});

test('an action throws the classes of the thread that made the barrier', () => {
  class Own extends Error {}
  const barrier = new Barrier(1, {
    action: () => {
      throw new Own('thrown by the action');
    },
  });
  assert.throws(() => barrier.wait(), Own);
});
