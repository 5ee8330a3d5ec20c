/** One condition, barrier or event under contest, with sums that one lost or stolen wake-up would change. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AtomicInt32, Barrier, BrokenBarrierError, Condition, Event, Lock } from 'threadwork';
import { Crew, until } from '../conformance/crew.js';
import { asynchronous } from '../conformance/forms.js';
import { abortedAfter, chanceFrom, turn } from './chance.js';
import { DEADLINE_MS, SCALE, THREADS } from './contest.js';

test('one condition: a buffer of four places', async () => {
  const places = 4;
  const condition = new Condition();
  const filled = new AtomicInt32();
  const buffer = Array.from({ length: places }, () => new AtomicInt32());
  const items = Math.ceil(400 * SCALE);
  const produced = new AtomicInt32();
  const consumed = new AtomicInt32();
  const hasRoom = () => filled.load() < places;
  const hasItem = () => filled.load() > 0;
  const put = (item: number) => {
    buffer[filled.load()].store(item);
    filled.add(1);
    produced.add(item);
    condition.notifyAll();
  };
  const take = () => {
    filled.sub(1);
    consumed.add(buffer[filled.load()].exchange(0));
    condition.notifyAll();
  };
  // Threads 0, 1, 4 and 5 produce, the others consume; each kind has blocking and asynchronous ones.
  const crew = new Crew(THREADS, async (number) => {
    const chance = chanceFrom(number + 1);
    const produces = number % 4 < 2;
    const ready = produces ? hasRoom : hasItem;
    for (let item = 1; item <= items; item++) {
      if (number % 2 === 0) {
        using held = condition.hold();
        while (!condition.waitFor(ready, chance(4) === 0 ? chance(3) : undefined)) assert.ok(held);
        if (produces) put(item);
        else take();
      } else {
        await condition.withAsync(async () => {
          const attempt = () =>
            chance(4) === 0
              ? abortedAfter(chance(3), (signal) => condition.waitForAsync(ready, { signal }))
              : condition.waitForAsync(ready, chance(4) === 0 ? chance(3) : undefined);
          while (!(await attempt()));
          if (produces) put(item);
          else take();
        });
      }
    }
  });
  await crew.join(asynchronous, DEADLINE_MS);
  assert.equal(produced.value, (4 * items * (items + 1)) / 2);
  assert.equal(consumed.value, produced.value);
  assert.equal(filled.value, 0);
  assert.equal(condition.locked(), false);
});

/** How many stand in the condition's line. While its lock is held they can only become fewer, by giving up. */
function lineOf(condition: Condition): number {
  return Number(/waiting=(\d+)/.exec(String(condition))?.[1]);
}

for (const impatience of [0, 3]) {
  const title = impatience === 0 ? 'as many go on as are notified' : 'those that give up lose no notification';
  test(`one condition: ${title}`, async () => {
    const condition = new Condition(new Lock());
    const resumed = new AtomicInt32();
    const over = new Event();
    const crew = new Crew(THREADS, async (number) => {
      const chance = chanceFrom(number + 1);
      const isImpatient = () => impatience > 0 && chance(impatience) === 0;
      while (!over.isSet()) {
        if (number % 2 === 0) condition.acquire();
        else await condition.acquireAsync();
        let answer: boolean;
        if (number % 2 === 0) answer = condition.wait(isImpatient() ? chance(3) : undefined);
        else if (isImpatient()) answer = await abortedAfter(chance(3), (signal) => condition.waitAsync({ signal }));
        else answer = await condition.waitAsync();
        if (answer) resumed.add(1);
        condition.release();
      }
    });
    let least = 0;
    let most = 0;
    const notify = (n: number) => {
      const before = lineOf(condition);
      condition.notify(n);
      most += Math.min(n, before);
      // Somebody is left: so there were enough for all notifications.
      if (impatience === 0) least += Math.min(n, before);
      else if (lineOf(condition) > 0) least += n;
    };
    const chance = chanceFrom(99);
    await until('all of them wait', () => lineOf(condition) >= THREADS / 2, DEADLINE_MS);
    for (let round = 0; round < 500 * SCALE; round++) {
      await condition.withAsync(() => notify(chance(4)));
      if (chance(2) === 0) await turn();
    }
    over.set();
    while (crew.finished.value + crew.failed.value < THREADS) {
      await condition.withAsync(() => notify(THREADS));
      await turn();
    }
    await crew.join(asynchronous, DEADLINE_MS);
    assert.ok(least <= resumed.value && resumed.value <= most, `${resumed.value} went on, of ${least} to ${most}`);
    assert.ok(least > 0);
    assert.equal(lineOf(condition), 0);
    assert.equal(condition.locked(), false);
  });
}

test('one barrier', async () => {
  const cycles = Math.ceil(300 * SCALE);
  const opened = new AtomicInt32();
  const indices = new AtomicInt32();
  const barrier = new Barrier(THREADS, { action: () => void opened.add(1) });
  const meeting = new Barrier(THREADS);
  const crew = new Crew(THREADS, async (number) => {
    for (let cycle = 1; cycle <= cycles; cycle++) {
      indices.add(number % 2 === 0 ? barrier.wait() : await barrier.waitAsync());
      assert.equal(opened.value, cycle);
      if (number % 2 === 0) await meeting.waitAsync();
      else meeting.wait();
    }
  });
  await crew.join(asynchronous, DEADLINE_MS);
  assert.equal(opened.value, cycles);
  assert.equal(indices.value, (cycles * THREADS * (THREADS - 1)) / 2);
  assert.deepEqual([barrier.nWaiting, barrier.broken, meeting.nWaiting, meeting.broken], [0, false, 0, false]);
});

test('one barrier that breaks: all pass or none', async () => {
  const cycles = Math.ceil(200 * SCALE);
  const barrier = new Barrier(THREADS);
  const meeting = new Barrier(THREADS);
  const passed = new AtomicInt32();
  const broken = new AtomicInt32();
  const crew = new Crew(THREADS, async (number) => {
    const chance = chanceFrom(number + 1);
    for (let cycle = 0; cycle < cycles; cycle++) {
      if (chance(8) === 0) await turn();
      try {
        const choice = chance(16);
        if (choice === 0) barrier.abort();
        if (number % 2 === 0) barrier.wait(choice === 1 ? 0 : undefined);
        else if (choice === 1) await barrier.waitAsync({ signal: AbortSignal.timeout(1) });
        else await barrier.waitAsync();
        passed.add(1);
      } catch (error) {
        const { name } = error as Error;
        if (!(error instanceof BrokenBarrierError) && name !== 'TimeoutError') throw error;
        broken.add(1);
      }
      const index = await meeting.waitAsync();
      assert.equal((passed.value + broken.value) % THREADS, 0);
      assert.ok(passed.value % THREADS === 0, `${passed.value % THREADS} of ${THREADS} passed`);
      await meeting.waitAsync();
      if (index === 0) barrier.reset();
      meeting.wait();
    }
  });
  await crew.join(asynchronous, DEADLINE_MS);
  assert.equal(passed.value + broken.value, cycles * THREADS);
  assert.ok(passed.value > 0 && broken.value > 0, `${passed.value} passed, ${broken.value} did not`);
  assert.deepEqual([barrier.nWaiting, barrier.broken], [0, false]);
});

test('one event, set and cleared, releases everybody each time', async () => {
  const events = [new Event(), new Event()];
  const arrived = new AtomicInt32();
  const released = new AtomicInt32();
  const cycles = Math.ceil(300 * SCALE);
  const crew = new Crew(THREADS, async (number) => {
    for (let cycle = 0; cycle < cycles; cycle++) {
      const event = events[cycle % 2];
      arrived.add(1);
      assert.ok(number % 2 === 0 ? event.wait() : await event.waitAsync());
      released.add(1);
    }
  });
  for (let cycle = 0; cycle < cycles; cycle++) {
    await until('all have arrived', () => arrived.value === (cycle + 1) * THREADS, DEADLINE_MS);
    assert.equal(released.value, cycle * THREADS);
    // Nobody is at the other one any more.
    events[(cycle + 1) % 2].clear();
    events[cycle % 2].set();
  }
  await crew.join(asynchronous, DEADLINE_MS);
  assert.equal(released.value, cycles * THREADS);
});
