/** RLock. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AtomicBoolean, AtomicInt32, Event, RLock, sleepAsync, Thread } from 'threadwork';
import { Crew, elsewhere, promptly } from './crew.js';
import { asynchronous, inBothForms } from './forms.js';
import * as cases from './lock-cases.js';

test('RLOCK-001 a new lock is free', () => cases.beginsUnlocked(new RLock()));
test('RLOCK-002 the text form shows state and identity', () => cases.showsItsState(new RLock()));
inBothForms('RLOCK-005 acquire and release', (form) => cases.isTakenAndFreed(new RLock(), form));
inBothForms('RLOCK-006 acquire without blocking', (form) => cases.isTakenWithoutBlocking(new RLock(), form));
inBothForms('RLOCK-007 held by main, refused to another thread', (form) =>
  cases.isRefusedWhileMainHoldsIt(new RLock(), form),
);
inBothForms('RLOCK-009 scoped holds', (form) => cases.isHeldForAScope(new RLock(), form));
inBothForms('RLOCK-011 timeouts', (form) => cases.keepsToItsTimeout(new RLock(), form));
inBothForms('RLOCK-015 taken again by its owner', (form) => cases.canBeTakenAgainByItsOwner(new RLock(), form));
inBothForms('RLOCK-016 one release too many', (form) => cases.cannotBeReleasedTooOften(new RLock(), form));
inBothForms('RLOCK-017 locked() until the last release', (form) =>
  cases.isLockedUntilTheLastRelease(new RLock(), form),
);

inBothForms('RLOCK-020 the recursion count', async (form) => {
  const lock = new RLock();
  const seenElsewhere = () => elsewhere(form, () => lock.recursionCount());
  const seen = [lock.recursionCount()];
  await form.acquire(lock);
  seen.push(lock.recursionCount());
  await form.acquire(lock);
  await form.acquire(lock);
  seen.push(lock.recursionCount());
  assert.equal(await seenElsewhere(), 0);
  lock.release();
  seen.push(lock.recursionCount());
  lock.release();
  lock.release();
  seen.push(lock.recursionCount());
  assert.deepEqual(seen, [0, 1, 3, 2, 0]);
});

inBothForms('RLOCK-021 released by its owner only', (form) => cases.isReleasedByItsOwnerOnly(new RLock(), form));

test('RLOCK-023 the constructor takes no arguments', () => {
  // @ts-expect-error a positional argument
  assert.throws(() => new RLock(1), TypeError);
  // @ts-expect-error an option
  assert.throws(() => new RLock({ name: 'mine' }), TypeError);
});

inBothForms('RLOCK-025 read by one thread while another nests', async (form) => {
  const lock = new RLock();
  const done = new AtomicBoolean();
  const nester = new Crew(1, async () => {
    for (let round = 0; round < 2000; round++) {
      await form.acquire(lock);
      await form.acquire(lock);
      lock.release();
      lock.release();
    }
    done.store(true);
  });
  for (let look = 0; !done.value; look++) {
    assert.equal(lock.recursionCount(), 0);
    assert.equal(typeof lock.locked(), 'boolean');
    assert.match(String(lock), /locked/);
    if (look % 100 === 99) await sleepAsync(1);
  }
  await nester.join(form);
  assert.equal(lock.locked(), false);
  assert.equal(await elsewhere(form, () => lock.recursionCount()), 0);
  assert.equal(await form.acquire(lock, false), true);
  assert.equal(lock.recursionCount(), 1);
  lock.release();
});

inBothForms('RLOCK-026 without blocking: the owner deepens, others are refused', async (form) => {
  const lock = new RLock();
  await form.acquire(lock);
  assert.equal(await form.acquire(lock, false), true);
  assert.equal(lock.recursionCount(), 2);
  assert.equal(await elsewhere(form, () => form.acquire(lock, false)), 0);
  assert.equal(lock.recursionCount(), 2);
  lock.release();
  lock.release();
  assert.equal(lock.locked(), false);
});

inBothForms('RLOCK-028 the owner never waits', async (form) => {
  const lock = new RLock();
  const waiting = new Event();
  await form.acquire(lock);
  const waiter = new Crew(1, async () => {
    waiting.set();
    await form.acquire(lock);
    lock.release();
  });
  await form.wait(waiting);
  assert.equal(await waiter.stillInside(), 1);
  for (const timeout of [0, 1, 1000, undefined])
    assert.equal(await promptly(() => form.acquire(lock, { timeout })), true);
  for (let depth = 0; depth < 5; depth++) lock.release();
  await waiter.join(form);
});

inBothForms('RLock: arguments of acquire', (form) => cases.readsItsArguments(new RLock(), form));
inBothForms('RLock: the text form shows the holder', (form) => cases.showsItsHolder(new RLock(), form));

test('async owners: two call chains of one thread exclude each other', async () => {
  const lock = new RLock();
  let inside = 0;
  let most = 0;
  const enter = async () => {
    most = Math.max(most, ++inside);
    await sleepAsync(2);
    inside--;
  };
  const explicitly = async () => {
    await lock.acquireAsync();
    await enter();
    lock.release();
  };
  const scoped = async () => {
    using held = await lock.holdAsync();
    if (held) await enter();
  };
  for (const chain of [explicitly, scoped, () => lock.withAsync(enter)]) {
    most = 0;
    await Promise.all([chain(), chain(), chain()]);
    assert.equal(most, 1);
    assert.equal(lock.locked(), false);
  }
});

test('async owners: chains that waited for something before the first acquire of their thread', async () => {
  const lock = new RLock();
  const most = new AtomicInt32();
  const chains = async () => {
    const chain = async () => {
      await new Promise((resolve) => setImmediate(resolve));
      await lock.acquireAsync();
      most.update((seen) => Math.max(seen, lock.recursionCount()));
      await sleepAsync(2);
      lock.release();
    };
    await Promise.all([chain(), chain(), chain()]);
  };
  // With limits of its own it gets a worker that ran no thread before.
  const thread = new Thread({ target: chains, resourceLimits: { maxOldGenerationSizeMb: 64 } });
  thread.start();
  await thread.joinAsync();
  assert.equal(most.value, 1);
  assert.equal(lock.locked(), false);
});

test('async owners: each call of an interval is a chain of its own', async () => {
  const lock = new RLock();
  const counts: number[] = [];
  let calls = 0;
  await new Promise<void>((resolve, reject) => {
    const call = async () => {
      if (++calls === 3) clearInterval(interval);
      await lock.acquireAsync();
      counts.push(lock.recursionCount());
      await sleepAsync(20);
      await lock.acquireAsync();
      counts.push(lock.recursionCount());
      lock.release();
      lock.release();
      if (counts.length === 6) resolve();
    };
    const interval = setInterval(() => void call().catch(reject), 1);
  });
  assert.deepEqual(counts, [1, 2, 1, 2, 1, 2]);
  assert.equal(lock.locked(), false);
});

test('async owners: withAsync is a chain of its own, and what it calls and awaits belongs to it', async () => {
  const lock = new RLock();
  const entered = new Event();
  const enough = new Event();
  const first = lock.withAsync(async () => {
    await lock.withAsync(async () => assert.equal(lock.recursionCount(), 2));
    entered.set();
    await enough.waitAsync();
    assert.equal(lock.recursionCount(), 1);
  });
  await entered.waitAsync();
  assert.equal(lock.recursionCount(), 0);
  assert.equal(await lock.acquireAsync(false), false);
  enough.set();
  await first;
  assert.equal(await lock.acquireAsync(false), true);
  lock.release();
  assert.equal(lock.locked(), false);
});

test('async owners: two acquires of one chain that both had to wait', async () => {
  const lock = new RLock();
  const held = new Event();
  const enough = new Event();
  const holder = new Crew(1, () => {
    lock.acquire();
    held.set();
    enough.wait();
    lock.release();
  });
  await held.waitAsync();
  const first = lock.acquireAsync();
  const second = lock.acquireAsync();
  enough.set();
  assert.equal(await first, true);
  lock.release();
  assert.equal(await second, true);
  lock.release();
  assert.equal(lock.locked(), false);
  await holder.join(asynchronous);
});
