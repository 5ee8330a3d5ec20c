/** Lock. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AtomicInt32, Event, Lock, RuntimeError } from 'threadwork';
import { Crew, elsewhere, promptly } from './crew.js';
import { inBothForms } from './forms.js';
import * as cases from './lock-cases.js';

test('LOCK-001 a new lock is free', () => cases.beginsUnlocked(new Lock()));
test('LOCK-002 the text form shows state and identity', () => cases.showsItsState(new Lock()));
inBothForms('LOCK-005 acquire and release', (form) => cases.isTakenAndFreed(new Lock(), form));
inBothForms('LOCK-006 acquire without blocking', (form) => cases.isTakenWithoutBlocking(new Lock(), form));
inBothForms('LOCK-007 held by main, refused to another thread', (form) =>
  cases.isRefusedWhileMainHoldsIt(new Lock(), form),
);
inBothForms('LOCK-009 scoped holds', (form) => cases.isHeldForAScope(new Lock(), form));
inBothForms('LOCK-011 timeouts', (form) => cases.keepsToItsTimeout(new Lock(), form));

inBothForms('LOCK-015 released by another thread', async (form) => {
  const lock = new Lock();
  await form.acquire(lock);
  await new Crew(1, () => lock.release()).join(form);
  assert.equal(await promptly(() => form.acquire(lock)), true);
  lock.release();
});

test('LOCK-018 the constructor takes no arguments', () => {
  // @ts-expect-error a positional argument
  assert.throws(() => new Lock(1), TypeError);
  // @ts-expect-error an option
  assert.throws(() => new Lock({ name: 'mine' }), TypeError);
});

inBothForms('LOCK-021 release of a free lock', async (form) => {
  const lock = new Lock();
  assert.throws(() => lock.release(), RuntimeError);
  await form.acquire(lock);
  lock.release();
  assert.throws(() => lock.release(), RuntimeError);
  assert.equal(lock.locked(), false);
});

inBothForms('LOCK-023 a timeout of zero', async (form) => {
  const lock = new Lock();
  assert.equal(await form.acquire(lock, 0), true);
  assert.equal(await promptly(() => form.acquire(lock, 0)), false);
  assert.equal(await elsewhere(form, () => promptly(() => form.acquire(lock, { blocking: true, timeout: 0 }))), 0);
  lock.release();
});

inBothForms('LOCK-026 locked() in every thread', async (form) => {
  const lock = new Lock();
  const seenElsewhere = () => elsewhere(form, () => lock.locked());
  assert.equal(await seenElsewhere(), 0);
  await form.acquire(lock);
  assert.equal(lock.locked(), true);
  assert.equal(await seenElsewhere(), 1);
  lock.release();

  const held = new Event();
  const enough = new Event();
  const holder = new Crew(1, async () => {
    await form.acquire(lock);
    held.set();
    await form.wait(enough);
    lock.release();
  });
  await form.wait(held);
  assert.equal(lock.locked(), true);
  assert.equal(await seenElsewhere(), 1);
  enough.set();
  await holder.join(form);
  assert.equal(lock.locked(), false);
});

inBothForms('LOCK-027 mutual exclusion', async (form) => {
  const lock = new Lock();
  const total = new AtomicInt32();
  const steps = 10_000;
  const crew = new Crew(4, async () => {
    for (let step = 0; step < steps; step++) {
      // A blocking acquire answers at once: awaiting its answer would only cost time.
      const acquired = form.acquire(lock);
      if (acquired !== true) await acquired;
      total.store(total.load() + 1);
      lock.release();
    }
  });
  await crew.join(form);
  assert.equal(total.value, 4 * steps);
});

inBothForms('Lock: arguments of acquire', (form) => cases.readsItsArguments(new Lock(), form));
inBothForms('Lock: the text form shows the holder', (form) => cases.showsItsHolder(new Lock(), form));
