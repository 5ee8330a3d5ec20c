/** What Lock, RLock and Condition have in common as locks. Each case gets a fresh one. */
import assert from 'node:assert/strict';
import { inspect } from 'node:util';
import {
  type Condition,
  Event,
  type Lock,
  OverflowError,
  type RLock,
  RuntimeError,
  TIMEOUT_MAX,
  ValueError,
} from 'threadwork';
import { Crew, elsewhere, promptly, taking } from './crew.js';
import { type Form, refuses } from './forms.js';

export type AnyLock = Lock | RLock | Condition;
type Reentrant = RLock | Condition;

export function beginsUnlocked(lock: AnyLock): void {
  assert.equal(lock.locked(), false);
}

export function showsItsState(lock: AnyLock): void {
  for (const text of [String(lock), inspect(lock)]) {
    assert.match(text, /\bunlocked\b/);
    assert.ok(text.includes(lock.name), `${text} tells which one it is`);
  }
}

export async function isTakenAndFreed(lock: AnyLock, form: Form): Promise<void> {
  assert.equal(await promptly(() => form.acquire(lock)), true);
  assert.equal(lock.locked(), true);
  assert.equal(lock.release(), undefined);
  assert.equal(lock.locked(), false);
}

export async function isTakenWithoutBlocking(lock: AnyLock, form: Form): Promise<void> {
  for (const options of [false, { blocking: false }]) {
    assert.equal(await form.acquire(lock, options), true);
    lock.release();
    assert.equal(lock.locked(), false);
  }
}

export async function isRefusedWhileMainHoldsIt(lock: AnyLock, form: Form): Promise<void> {
  await form.acquire(lock);
  assert.equal(await elsewhere(form, () => promptly(() => form.acquire(lock, false))), 0);
  lock.release();
  assert.equal(await elsewhere(form, () => form.acquire(lock, false)), 1);
}

export async function isHeldForAScope(lock: AnyLock, form: Form): Promise<void> {
  const otherThreadTakesIt = () =>
    elsewhere(form, async () => {
      const taken = await form.acquire(lock, 5000);
      lock.release();
      return taken;
    });
  const failure = new TypeError('thrown by the body');

  {
    using held = await form.hold(lock);
    assert.ok(held !== undefined && lock.locked());
  }
  assert.equal(await otherThreadTakesIt(), 1);

  await assert.rejects(async () => {
    using held = await form.hold(lock);
    assert.ok(held !== undefined && lock.locked());
    throw failure;
  }, failure);
  assert.equal(await otherThreadTakesIt(), 1);

  assert.equal(await form.with(lock, () => lock.locked()), true);
  assert.equal(await otherThreadTakesIt(), 1);

  await assert.rejects(async () => {
    await form.with(lock, () => {
      throw failure;
    });
  }, failure);
  assert.equal(await otherThreadTakesIt(), 1);
}

export async function keepsToItsTimeout(lock: AnyLock, form: Form): Promise<void> {
  await refuses(form, ValueError, () => form.acquire(lock, { blocking: false, timeout: 1000 }));
  await refuses(form, ValueError, () => form.acquire(lock, -100));
  await refuses(form, ValueError, () => form.acquire(lock, { timeout: -100 }));
  await refuses(form, OverflowError, () => form.acquire(lock, 1e100));
  await refuses(form, OverflowError, () => form.acquire(lock, TIMEOUT_MAX + 1));
  assert.equal(lock.locked(), false);

  assert.equal(await form.acquire(lock, TIMEOUT_MAX), true);
  lock.release();
  assert.equal(await promptly(() => form.acquire(lock, 5000)), true);
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
  assert.equal(await taking(500, () => form.acquire(lock, 500)), false);
  // The longest wait is a wait, and ends when the lock is free.
  const longest = new Crew(1, async () => {
    assert.equal(await form.acquire(lock, TIMEOUT_MAX), true);
    lock.release();
  });
  assert.equal(await longest.stillInside(), 1);
  enough.set();
  await holder.join(form);
  await longest.join(form);
}

export async function readsItsArguments(lock: AnyLock, form: Form): Promise<void> {
  // Minus one is Python's way to say that there is no limit.
  const accepted = [
    undefined,
    null,
    true,
    Infinity,
    -1,
    { blocking: true, timeout: -1 },
    { blocking: false, timeout: -1 },
  ];
  for (const options of [...accepted, { timeout: null }, { blocking: false, timeout: null }]) {
    assert.equal(await form.acquire(lock, options), true);
    lock.release();
  }
  for (const options of [
    NaN,
    { timeout: NaN },
    -0.5,
    { blocking: false, timeout: 0 },
    { blocking: false, timeout: -2 },
  ]) {
    await refuses(form, ValueError, () => form.acquire(lock, options));
  }
  for (const options of ['500', { timeout: '500' }, { blocking: 1 }, { signal: {} }, 500n]) {
    await refuses(form, TypeError, () => form.acquire(lock, options as never));
  }
  assert.equal(lock.locked(), false);
}

export async function showsItsHolder(lock: AnyLock, form: Form): Promise<void> {
  lock.name = 'accounts';
  await form.acquire(lock);
  for (const text of [String(lock), inspect(lock)]) {
    assert.match(text, /\blocked\b/);
    assert.match(text, /MainThread/);
    assert.match(text, /accounts/);
  }
  lock.release();
}

export async function canBeTakenAgainByItsOwner(lock: Reentrant, form: Form): Promise<void> {
  for (const step of ['acquire', 'acquire', 'release', 'acquire', 'release', 'release']) {
    if (step === 'acquire') assert.equal(await form.acquire(lock, 1000), true);
    else lock.release();
  }
  assert.equal(lock.locked(), false);
}

export async function cannotBeReleasedTooOften(lock: Reentrant, form: Form): Promise<void> {
  assert.throws(() => lock.release(), RuntimeError);
  for (let round = 0; round < 2; round++) {
    for (let depth = 0; depth < 3; depth++) await form.acquire(lock);
    for (let depth = 0; depth < 3; depth++) lock.release();
    assert.throws(() => lock.release(), RuntimeError);
  }
}

export async function isLockedUntilTheLastRelease(lock: Reentrant, form: Form): Promise<void> {
  const seen = [lock.locked()];
  await form.acquire(lock);
  seen.push(lock.locked());
  await form.acquire(lock);
  seen.push(lock.locked());
  lock.release();
  seen.push(lock.locked());
  lock.release();
  seen.push(lock.locked());
  assert.deepEqual(seen, [false, true, true, true, false]);
}

export async function isReleasedByItsOwnerOnly(lock: Reentrant, form: Form): Promise<void> {
  await form.acquire(lock);
  await new Crew(1, () => assert.throws(() => lock.release(), RuntimeError)).join(form);
  assert.equal(lock.locked(), true);
  lock.release();
  assert.equal(lock.locked(), false);

  const held = new Event();
  const enough = new Event();
  const owner = new Crew(1, async () => {
    await form.acquire(lock);
    held.set();
    await form.wait(enough);
    lock.release();
  });
  await form.wait(held);
  assert.throws(() => lock.release(), RuntimeError);
  enough.set();
  await owner.join(form);
}
