/** Semaphore and BoundedSemaphore: what they share, then what differs. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AtomicInt32, BoundedSemaphore, Event, Semaphore, ValueError } from 'threadwork';
import { Crew, elsewhere, promptly, settle, taking, until } from './crew.js';
import { asynchronous, type Form, inBothForms, refuses } from './forms.js';

/** Registers a case for both classes, under the id that it has for each. */
function forBoth(
  id: string,
  boundedId: string,
  title: string,
  body: (make: (value: number) => Semaphore, form: Form) => Promise<void>,
): void {
  inBothForms(`${id} ${title}`, (form) => body((value) => new Semaphore(value), form));
  inBothForms(`${boundedId} ${title}`, (form) => body((value) => new BoundedSemaphore(value), form));
}

/** How many units there are, counted by taking them and giving them back. */
async function units(semaphore: Semaphore, form: Form): Promise<number> {
  let count = 0;
  while (await form.acquire(semaphore, false)) count++;
  if (count > 0) semaphore.release(count);
  return count;
}

for (const [id, Type] of [
  ['SEM-001', Semaphore],
  ['BSEM-001', BoundedSemaphore],
] as const) {
  test(`${id} a negative value`, () => {
    for (const value of [-1, Number.MIN_SAFE_INTEGER, -Infinity]) assert.throws(() => new Type(value), ValueError);
  });
}

forBoth('SEM-002', 'BSEM-002', 'acquire and release', async (make, form) => {
  for (const value of [1, 2]) {
    const semaphore = make(value);
    for (let k = 0; k < value; k++) assert.equal(await promptly(() => form.acquire(semaphore)), true);
    for (let k = 0; k < value; k++) assert.equal(semaphore.release(), undefined);
    assert.equal(await units(semaphore, form), value);
  }
});

forBoth('SEM-004', 'BSEM-004', 'ten threads and seven units', async (make, form) => {
  const semaphore = make(7);
  await form.acquire(semaphore);
  const acquired = new AtomicInt32();
  const crew = new Crew(10, async () => {
    for (let k = 0; k < 2; k++) {
      assert.equal(await form.acquire(semaphore), true);
      acquired.add(1);
    }
  });
  let expected = 6;
  for (const releases of [7, 6]) {
    await until(`${expected} are acquired`, () => acquired.value >= expected);
    await settle(10);
    assert.equal(acquired.value, expected);
    for (let k = 0; k < releases; k++) semaphore.release();
    expected += releases;
  }
  await until(`${expected} are acquired`, () => acquired.value >= expected);
  await settle(10);
  assert.equal(acquired.value, 19);
  assert.equal(await form.acquire(semaphore, false), false);
  semaphore.release();
  await crew.join(form);
  assert.equal(acquired.value, 20);
});

forBoth('SEM-006', 'BSEM-006', 'acquire without blocking', async (make, form) => {
  const semaphore = make(2);
  const seen: boolean[] = [];
  for (let k = 0; k < 3; k++) seen.push(await form.acquire(semaphore, false));
  semaphore.release();
  seen.push(await form.acquire(semaphore, { blocking: false }));
  assert.deepEqual(seen, [true, true, false, true]);
});

forBoth('SEM-008', 'BSEM-008', 'timeouts', async (make, form) => {
  const semaphore = make(2);
  await refuses(form, ValueError, () => form.acquire(semaphore, { blocking: false, timeout: 1000 }));
  const seen: boolean[] = [];
  for (let k = 0; k < 3; k++) seen.push(await form.acquire(semaphore, 5));
  semaphore.release();
  seen.push(await form.acquire(semaphore, 5));
  assert.deepEqual(seen, [true, true, false, true]);
  assert.equal(await taking(500, () => form.acquire(semaphore, 500)), false);
  for (const timeout of [0, -1]) assert.equal(await promptly(() => form.acquire(semaphore, timeout)), false);
});

forBoth('SEM-010', 'BSEM-010', 'scoped holds', async (make, form) => {
  const semaphore = make(2);
  const failure = new TypeError('thrown by the body');
  const nested = async (error?: Error) => {
    using outer = await form.hold(semaphore);
    using inner = await form.hold(semaphore);
    assert.ok(outer && inner);
    assert.equal(await form.acquire(semaphore, false), false);
    if (error) throw error;
  };
  await nested();
  assert.equal(await units(semaphore, form), 2);
  await assert.rejects(nested(failure), failure);
  assert.equal(await units(semaphore, form), 2);
  await assert.rejects(async () => {
    await form.with(semaphore, () => {
      throw failure;
    });
  }, failure);
  assert.equal(await units(semaphore, form), 2);
});

inBothForms('SEM-011 a release without an acquire', async (form) => {
  const semaphore = new Semaphore(1);
  semaphore.release();
  for (let k = 0; k < 2; k++) assert.equal(await promptly(() => form.acquire(semaphore)), true);
  assert.equal(await form.acquire(semaphore, false), false);
});

inBothForms('SEM-013 release of no units', async (form) => {
  const semaphore = new Semaphore(2);
  for (const n of [0, -1]) assert.throws(() => semaphore.release(n), ValueError);
  assert.equal(await units(semaphore, form), 2);
});

inBothForms('SEM-016 no units at the start', async (form) => {
  const semaphore = new Semaphore(0);
  assert.equal(await form.acquire(semaphore, false), false);
  const arrived = new Event();
  const crew = new Crew(1, async () => {
    arrived.set();
    assert.equal(await form.acquire(semaphore), true);
  });
  await form.wait(arrived);
  assert.equal(await crew.stillInside(), 1);
  semaphore.release();
  await crew.join(form);
  assert.equal(await units(semaphore, form), 0);
});

inBothForms('SEM-017 released by a thread that took nothing', async (form) => {
  const semaphore = new Semaphore(1);
  await form.acquire(semaphore);
  await new Crew(1, () => semaphore.release()).join(form);
  assert.equal(await form.acquire(semaphore, false), true);
  assert.equal(await elsewhere(form, () => form.acquire(semaphore, false)), 0);
});

inBothForms('BSEM-011 one release too many', async (form) => {
  const semaphore = new BoundedSemaphore();
  assert.throws(() => semaphore.release(), ValueError);
  assert.equal(await form.acquire(semaphore), true);
  semaphore.release();
  assert.throws(() => semaphore.release(), ValueError);
  assert.equal(await units(semaphore, form), 1);
});

inBothForms('BSEM-013 limits from 1 to 9, taken and given by different threads', async (form) => {
  for (let limit = 1; limit <= 9; limit++) {
    const semaphore = new BoundedSemaphore(limit);
    await new Crew(limit, async () => assert.equal(await form.acquire(semaphore), true)).join(form);
    assert.equal(await form.acquire(semaphore, false), false);
    await new Crew(limit, () => semaphore.release()).join(form);
    assert.throws(() => semaphore.release(), ValueError);
    assert.throws(() => semaphore.release(limit), ValueError);
    assert.equal(await units(semaphore, form), limit);
  }
});

inBothForms('BSEM-015 a limit of zero', async (form) => {
  const semaphore = new BoundedSemaphore(0);
  assert.throws(() => semaphore.release(), ValueError);
  assert.equal(await form.acquire(semaphore, false), false);
});

inBothForms('several units at once wake as many', async (form) => {
  const semaphore = new Semaphore(0);
  const acquired = new AtomicInt32();
  const crew = new Crew(5, async () => {
    await form.acquire(semaphore);
    acquired.add(1);
  });
  semaphore.release(3);
  await until('three have one', () => acquired.value === 3);
  assert.equal(await crew.stillInside(), 2);
  semaphore.release(3);
  await crew.join(form);
  assert.equal(await units(semaphore, form), 1);
});

test('blocking and asynchronous waiters stand in one line', async () => {
  const semaphore = new Semaphore(0);
  const order = new AtomicInt32();
  const crews: Crew[] = [];
  for (let place = 0; place < 4; place++) {
    crews.push(
      new Crew(1, async () => {
        assert.ok(place % 2 === 0 ? semaphore.acquire() : await semaphore.acquireAsync());
        assert.equal(order.add(1), place);
      }),
    );
    await until('it stands in line', () => String(semaphore).includes(`waiters=${place + 1}`));
  }
  for (let place = 0; place < 4; place++) {
    semaphore.release();
    await until('one more has gone on', () => order.value === place + 1);
  }
  for (const crew of crews) await crew.join(asynchronous);
});
