/** Condition. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AtomicInt32, Condition, Event, Lock, RLock, RuntimeError } from 'threadwork';
import { Crew, elsewhere, promptly, settle, taking, until } from './crew.js';
import { asynchronous, type Form, inBothForms, refuses } from './forms.js';

/** A thread that waits for one notification; `woken` counts those that got it. */
function waiters(form: Form, size: number, condition: Condition, woken: AtomicInt32): Promise<Crew> {
  const arrived = new AtomicInt32();
  const crew = new Crew(size, async () => {
    await form.acquire(condition);
    arrived.add(1);
    if (await form.wait(condition)) woken.add(1);
    condition.release();
  });
  return waitingTogether(form, condition, arrived, size, crew);
}

/** They count themselves with the lock held, and give it up by waiting: who gets it after the last has all of them inside. */
async function waitingTogether(
  form: Form,
  condition: Condition,
  arrived: AtomicInt32,
  size: number,
  crew: Crew,
): Promise<Crew> {
  await until('all threads are there', () => arrived.value === size);
  await form.with(condition, () => undefined);
  return crew;
}

inBothForms('COND-001 the lock inside', async (form) => {
  const own = new Condition();
  for (let depth = 0; depth < 2; depth++) assert.equal(await form.acquire(own, 1000), true);
  for (let depth = 0; depth < 2; depth++) own.release();

  const lock = new Lock();
  const condition = new Condition(lock);
  await form.acquire(condition);
  assert.equal(await form.acquire(lock, false), false);
  condition.release();
  assert.equal(await form.acquire(lock, false), true);
  assert.equal(await form.acquire(condition, false), false);
  lock.release();
  {
    using held = await form.hold(condition);
    assert.ok(held && lock.locked());
    assert.equal(await form.acquire(lock, false), false);
  }
  assert.equal(lock.locked(), false);
  assert.equal(condition.locked(), false);
});

inBothForms('COND-002 waiting without the lock', async (form) => {
  for (const condition of [new Condition(), new Condition(new Lock()), new Condition(new RLock())]) {
    await promptly(() => refuses(form, RuntimeError, () => form.wait(condition)));
    await promptly(() => refuses(form, RuntimeError, () => form.wait(condition, 5000)));
    await promptly(() => refuses(form, RuntimeError, () => form.waitFor(condition, () => false)));
  }
});

inBothForms('COND-005 nobody notifies', async (form) => {
  const condition = new Condition();
  const crew = new Crew(5, async () => {
    await form.acquire(condition);
    assert.equal(await taking(500, () => form.wait(condition, 500)), false);
    condition.release();
  });
  await crew.join(form);
});

inBothForms('COND-006 waiting for a predicate', async (form) => {
  const condition = new Condition();
  const state = new AtomicInt32();
  const looks = new AtomicInt32();
  const crew = new Crew(1, async () => {
    await form.acquire(condition);
    const result = await form.waitFor(condition, () => {
      looks.add(1);
      return state.value === 4;
    });
    assert.equal(result, true);
    assert.equal(state.value, 4);
    condition.release();
  });
  for (let step = 1; step <= 4; step++) {
    await until('the predicate was asked', () => looks.value >= step);
    await form.acquire(condition);
    state.add(1);
    condition.notify();
    condition.release();
  }
  await crew.join(form);
  assert.equal(looks.value, 5);
});

inBothForms('COND-008 notifications are not stored', async (form) => {
  const condition = new Condition();
  await form.acquire(condition);
  assert.equal(condition.notify(), undefined);
  assert.equal(condition.notifyAll(), undefined);
  assert.equal(await taking(100, () => form.wait(condition, 100)), false);
  condition.release();
});

inBothForms('COND-010 more notifications than waiters', async (form) => {
  const condition = new Condition();
  const woken = new AtomicInt32();
  const crew = await waiters(form, 3, condition, woken);
  await form.acquire(condition);
  condition.notify(10);
  // It stands in line for the lock before those that were woken have it, and then waits in vain.
  condition.release();
  const late = new Crew(1, async () => {
    await form.acquire(condition);
    assert.equal(await form.wait(condition, 200), false);
    condition.release();
  });
  await crew.join(form);
  assert.equal(woken.value, 3);
  await late.join(form);
});

inBothForms('COND-011 notifyAll without the lock', async (form) => {
  for (const condition of [new Condition(), new Condition(new Lock())]) {
    assert.throws(() => condition.notifyAll(), RuntimeError);
    assert.throws(() => condition.notify(), RuntimeError);
    assert.equal(await form.with(condition, () => condition.notifyAll()), undefined);
  }
});

inBothForms('COND-012 the woken thread waits for the lock', async (form) => {
  const condition = new Condition();
  const woken = new AtomicInt32();
  const crew = await waiters(form, 1, condition, woken);
  await form.acquire(condition);
  condition.notify();
  await settle(5);
  assert.equal(woken.value, 0);
  condition.release();
  await crew.join(form);
  assert.equal(woken.value, 1);
});

inBothForms("COND-015 waitFor returns the predicate's value", async (form) => {
  const condition = new Condition();
  const pair = [1, 2];
  assert.equal(await form.waitFor(condition, () => pair), pair);
  await form.acquire(condition);
  assert.equal(await form.waitFor(condition, () => pair, 0), pair);
  for (const value of [0, '', null, undefined]) assert.equal(await form.waitFor(condition, () => value, 5), value);
  let asked = 0;
  assert.equal(await form.waitFor(condition, () => ++asked === 3, 0), false);
  assert.equal(asked, 2);
  condition.release();
});

inBothForms('COND-018 two conditions over one lock', async (form) => {
  const lock = new Lock();
  const first = new Condition(lock);
  const second = new Condition(lock);
  const wokenFirst = new AtomicInt32();
  const wokenSecond = new AtomicInt32();
  const atFirst = await waiters(form, 2, first, wokenFirst);
  const atSecond = await waiters(form, 2, second, wokenSecond);
  await form.with(lock, () => first.notifyAll());
  await atFirst.join(form);
  assert.equal(await atSecond.stillInside(), 2);
  assert.deepEqual([wokenFirst.value, wokenSecond.value], [2, 0]);
  await form.with(lock, () => second.notifyAll());
  await atSecond.join(form);
  assert.equal(wokenSecond.value, 2);
});

inBothForms('COND-019 notify by who does not own the lock', async (form) => {
  const condition = new Condition();
  const held = new Event();
  const enough = new Event();
  const owner = new Crew(1, async () => {
    await form.acquire(condition);
    held.set();
    await form.wait(enough);
    condition.release();
  });
  await form.wait(held);
  assert.throws(() => condition.notify(), RuntimeError);
  assert.throws(() => condition.notifyAll(), RuntimeError);
  await refuses(form, RuntimeError, () => form.wait(condition, 0));
  enough.set();
  await owner.join(form);
});

inBothForms('COND-021 locked() is that of the lock', async (form) => {
  for (const lock of [new Lock(), new RLock()]) {
    const condition = new Condition(lock);
    const sibling = new Condition(lock);
    assert.equal(condition.locked(), false);
    await form.acquire(lock);
    assert.deepEqual([condition.locked(), sibling.locked()], [true, true]);
    assert.equal(await elsewhere(form, () => condition.locked()), 1);
    lock.release();
    assert.equal(condition.locked(), false);
    await form.acquire(condition);
    assert.equal(lock.locked(), true);
    condition.release();
    assert.equal(lock.locked(), false);
  }
});

inBothForms('notifications of no use do not lengthen waitFor', async (form) => {
  const condition = new Condition();
  const over = new Event();
  const pest = new Crew(1, async () => {
    while (!over.isSet()) {
      await form.with(condition, () => condition.notifyAll());
      await form.wait(over, 10);
    }
  });
  await form.acquire(condition);
  assert.equal(await taking(200, () => form.waitFor(condition, () => false, 200)), false);
  condition.release();
  over.set();
  await pest.join(form);
});

inBothForms('a wait without time gives the lock up all the same', async (form) => {
  const condition = new Condition();
  await form.acquire(condition);
  for (const wait of [0, -1]) assert.equal(await promptly(() => form.wait(condition, wait)), false);
  for (const n of [0, -1]) condition.notify(n);
  assert.equal(condition.locked(), true);
  condition.release();
});

test('a condition is made of a lock', () => {
  for (const lock of [1, {}, new Event()]) assert.throws(() => new Condition(lock as Lock), TypeError);
});

inBothForms('a wait gives up every level of the lock and takes them back', async (form) => {
  const lock = new RLock();
  const condition = new Condition(lock);
  await form.acquire(lock);
  await form.acquire(lock);
  const notifier = new Crew(1, async () => {
    await form.acquire(condition);
    assert.equal(lock.recursionCount(), 1);
    condition.notify();
    condition.release();
  });
  assert.equal(await form.wait(condition, 10_000), true);
  assert.equal(lock.recursionCount(), 2);
  lock.release();
  lock.release();
  await notifier.join(form);
});

test('an abort that meets a notification is not lost', async () => {
  const condition = new Condition();
  const controller = new AbortController();
  const asked: boolean[] = [];
  const waiting = condition.withAsync(() =>
    condition.waitForAsync(
      () => {
        asked.push(condition.locked());
        return false;
      },
      { signal: controller.signal },
    ),
  );
  await until('it waits', () => asked.length === 1 && !condition.locked());
  // The notification takes it out of the line, so the abort has nobody to tell; the next wait must see it.
  condition.with(() => condition.notify());
  controller.abort();
  await assert.rejects(waiting, { name: 'AbortError' });
  assert.deepEqual(asked, [true, true]);
  assert.equal(condition.locked(), false);
});

test('blocking and asynchronous waiters stand in one line', async () => {
  const condition = new Condition(new Lock());
  const order = new AtomicInt32();
  const crews: Crew[] = [];
  for (let place = 0; place < 4; place++) {
    const arrived = new AtomicInt32();
    const crew = new Crew(1, async () => {
      if (place % 2 === 0) condition.acquire();
      else await condition.acquireAsync();
      arrived.add(1);
      const notified = place % 2 === 0 ? condition.wait() : await condition.waitAsync();
      assert.ok(notified);
      assert.equal(order.add(1), place);
      condition.release();
    });
    crews.push(await waitingTogether(asynchronous, condition, arrived, 1, crew));
  }
  for (let place = 0; place < 4; place++) {
    condition.with(() => condition.notify());
    await until('one more has gone on', () => order.value === place + 1);
  }
  for (const crew of crews) await crew.join(asynchronous);
});
