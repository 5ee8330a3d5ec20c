/** Queue, LifoQueue and PriorityQueue: what they share. The order of their items is queue-order.test.ts's. */
import assert from 'node:assert/strict';
import { AtomicInt32, Empty, Event, Full, LifoQueue, PriorityQueue, Queue, ShutDown, ValueError } from 'threadwork';
import { Crew, promptly, settle, taking, until } from './crew.js';
import { type Form, inBothForms, refuses } from './forms.js';

type Make = (maxsize?: number) => Queue<number>;

/** In which order 111, 333, 222 come out. */
interface Kind {
  readonly make: Make;
  readonly order: readonly number[];
}

const KINDS: Record<string, Kind> = {
  QUEUE: { make: (maxsize) => new Queue(maxsize), order: [111, 333, 222] },
  LIFO: { make: (maxsize) => new LifoQueue(maxsize), order: [222, 333, 111] },
  PRIO: { make: (maxsize) => new PriorityQueue(maxsize), order: [111, 222, 333] },
};

/** Registers a case for all three classes, under the ids that it has for them. */
function forAll(ids: string, title: string, body: (make: Make, form: Form, kind: Kind) => Promise<void> | void): void {
  for (const id of ids.split(' ')) {
    const kind = KINDS[id.split('-')[0]];
    inBothForms(`${id} ${title}`, (form) => body(kind.make, form, kind));
  }
}

/** A call in another thread, which has been blocked for a while when this resolves. */
async function blocked(call: () => unknown): Promise<Crew> {
  const arrived = new Event();
  const crew = new Crew(1, async () => {
    arrived.set();
    await call();
  });
  await arrived.waitAsync();
  assert.equal(await crew.stillInside(), 1, 'the call waits');
  return crew;
}

/** The call, made in another thread, fails with ShutDown. */
async function turnedAway(call: () => unknown): Promise<void> {
  await assert.rejects(async () => {
    await call();
  }, ShutDown);
}

forAll('QUEUE-001 LIFO-001 PRIO-001', 'taskDone() without a put', (make) => {
  assert.throws(() => make().taskDone(), { name: 'ValueError', message: 'taskDone() called too many times' });
});

forAll('QUEUE-002 LIFO-002 PRIO-002', 'join() returns when all is done', async (make, form) => {
  const queue = make();
  for (let round = 0; round < 2; round++) {
    const sum = new AtomicInt32();
    const crew = new Crew(2, async () => {
      for (;;) {
        const item = await form.get(queue);
        if (item < 0) {
          queue.taskDone();
          return;
        }
        sum.add(item);
        queue.taskDone();
      }
    });
    for (let item = 0; item < 100; item++) await form.put(queue, item);
    assert.equal(await form.join(queue), true);
    assert.equal(sum.value, 4950);
    for (let k = 0; k < 2; k++) await form.put(queue, -1);
    assert.equal(await form.join(queue), true);
    await crew.join(form);
  }
  assert.throws(() => queue.taskDone(), ValueError);
});

forAll('QUEUE-003 LIFO-003 PRIO-003', 'all that a bounded queue does', async (make, form, { order }) => {
  const queue = make(5);
  for (let round = 0; round < 2; round++) {
    assert.ok(queue.empty() && !queue.full());
    for (const item of [111, 333, 222]) await promptly(() => form.put(queue, item));
    assert.ok(!queue.empty() && !queue.full());
    for (const item of order) assert.equal(await promptly(() => form.get(queue)), item);
    for (let item = 0; item < 5; item++) await form.put(queue, item);
    assert.ok(queue.full() && !queue.empty());
    await refuses(form, Full, () => form.put(queue, 5, false));
    await refuses(form, Full, () => form.put(queue, 5, { block: false }));
    await refuses(form, Full, () => form.put(queue, 5, 10));
    for (const timeout of [undefined, 10_000]) {
      const crew = await blocked(() => form.put(queue, 5, { timeout }));
      await form.get(queue);
      await crew.join(form);
      assert.ok(queue.full());
    }
    for (let k = 0; k < 5; k++) await form.get(queue);
    assert.ok(queue.empty());
    await refuses(form, Empty, () => form.get(queue, false));
    await refuses(form, Empty, () => form.get(queue, { block: false }));
    await refuses(form, Empty, () => form.get(queue, 10));
    for (const timeout of [undefined, 10_000]) {
      const crew = await blocked(async () => assert.equal(await form.get(queue, { timeout }), 7));
      await form.put(queue, 7);
      await crew.join(form);
      assert.ok(queue.empty());
    }
  }
});

forAll('QUEUE-005 LIFO-005 PRIO-005', 'putNowait and getNowait', (make) => {
  const queue = make(5);
  for (let item = 0; item < 5; item++) queue.putNowait(item);
  assert.throws(() => queue.putNowait(5), Full);
  for (let k = 0; k < 5; k++) queue.getNowait();
  assert.throws(() => queue.getNowait(), Empty);
});

forAll('QUEUE-007 LIFO-007 PRIO-007', 'an empty queue that was shut down', async (make, form) => {
  const queue = make();
  queue.shutdown();
  assert.equal(queue.isShutdown, true);
  await refuses(form, ShutDown, () => form.put(queue, 1));
  await refuses(form, ShutDown, () => form.get(queue));
});

forAll('QUEUE-008 LIFO-008 PRIO-008', 'what is inside can be got after shutdown()', async (make, form) => {
  const queue = make();
  await form.put(queue, 1);
  queue.shutdown();
  assert.equal(await form.get(queue), 1);
  await refuses(form, ShutDown, () => form.get(queue));
});

forAll('QUEUE-009 LIFO-009 PRIO-009', 'what is inside is gone after shutdown({ immediate })', async (make, form) => {
  const queue = make();
  await form.put(queue, 1);
  queue.shutdown({ immediate: true });
  await refuses(form, ShutDown, () => form.get(queue));
});

forAll('QUEUE-011 LIFO-011 PRIO-011', 'a full queue is shut down and emptied', async (make, form) => {
  const queue = make(2);
  for (const item of [1, 2]) await form.put(queue, item);
  queue.shutdown();
  await refuses(form, ShutDown, () => form.put(queue, 3));
  assert.throws(() => queue.putNowait(3), ShutDown);
  for (let k = 0; k < 2; k++) {
    await form.get(queue);
    queue.taskDone();
  }
  assert.equal(await promptly(() => form.join(queue)), true);
  await refuses(form, ShutDown, () => form.get(queue));
  assert.throws(() => queue.getNowait(), ShutDown);
  await refuses(form, ShutDown, () => form.get(queue, 1000));
});

forAll('QUEUE-013 LIFO-013 PRIO-013', 'shutdown() in the middle of much', async (make, form) => {
  const queue = make();
  const got = new AtomicInt32();
  const put = new AtomicInt32();
  const readers = new Crew(6, async () => {
    await turnedAway(async () => {
      for (;;) {
        await form.get(queue);
        got.add(1);
      }
    });
  });
  const writers = new Crew(4, async () => {
    await turnedAway(async () => {
      for (let item = 0; item < 200_000; item++) {
        await form.put(queue, item);
        put.add(1);
      }
      for (;;) await form.put(queue, 0);
    });
  });
  await until('much has gone through', () => got.value > 10_000);
  queue.shutdown();
  await readers.join(form);
  await writers.join(form);
  assert.ok(queue.empty());
  // A writer is turned away between its put and its count at most.
  assert.ok(got.value >= put.value);
});

forAll('QUEUE-015 LIFO-015 PRIO-015', 'three want the last two items', async (make, form) => {
  const queue = make(2);
  for (const item of [10, 20]) await form.put(queue, item);
  queue.shutdown();
  const sum = new AtomicInt32();
  const late = new AtomicInt32();
  await new Crew(3, async () => {
    try {
      sum.add(await form.get(queue));
    } catch (error) {
      assert.ok(error instanceof ShutDown);
      late.add(1);
    }
  }).join(form);
  assert.deepEqual([sum.value, late.value], [30, 1]);
});

forAll('QUEUE-016 LIFO-016 PRIO-016', 'nobody gets what was dropped', async (make, form) => {
  const queue = make(2);
  for (const item of [10, 20]) await form.put(queue, item);
  queue.shutdown({ immediate: true });
  await new Crew(2, () => turnedAway(() => form.get(queue))).join(form);
});

forAll('QUEUE-017 LIFO-017 PRIO-017', 'nobody puts any more', async (make, form) => {
  const queue = make(2);
  for (const item of [10, 20]) await form.put(queue, item);
  queue.shutdown();
  await new Crew(2, () => turnedAway(() => form.put(queue, 30))).join(form);
});

forAll('QUEUE-020 LIFO-020 PRIO-020', 'shutdown() does not end join()', async (make, form) => {
  const queue = make();
  await form.put(queue, 1);
  const joiners = new Crew(2, async () => assert.equal(await form.join(queue), true));
  assert.equal(await joiners.stillInside(), 2);
  queue.shutdown();
  assert.equal(await joiners.stillInside(), 2);
  await new Crew(1, async () => {
    assert.equal(await form.get(queue), 1);
    queue.taskDone();
  }).join(form);
  await joiners.join(form);
});

forAll('QUEUE-022 LIFO-022 PRIO-022', 'the last item ends join()', async (make, form) => {
  const queue = make(2);
  await form.put(queue, 1);
  assert.equal(queue.unfinishedTasks, 1);
  const joiner = await blocked(async () => assert.equal(await form.join(queue), true));
  queue.shutdown();
  await new Crew(1, () => turnedAway(() => form.put(queue, 2))).join(form);
  assert.equal(await form.get(queue), 1);
  assert.equal(await joiner.stillInside(), 1);
  queue.taskDone();
  await joiner.join(form);
});

inBothForms('QUEUE-026 no limit', async (form) => {
  for (const maxsize of [0, -1, -0.5, Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY]) {
    const queue = new Queue<number>(maxsize);
    assert.equal(queue.maxsize, maxsize);
    for (let item = 0; item < 1000; item++) await promptly(() => form.put(queue, item, -1));
    assert.ok(!queue.full());
  }
});

inBothForms('QUEUE-028 a negative timeout', async (form) => {
  const queue = new Queue<number>(3);
  await form.put(queue, 1);
  for (const options of [-1, { timeout: -1 }, { block: true, timeout: -0.1 }]) {
    await refuses(form, ValueError, () => form.get(queue, options));
    await refuses(form, ValueError, () => form.put(queue, 2, options));
  }
  assert.equal(queue.qsize(), 1);
  // Who does not wait is not asked for how long.
  assert.equal(await form.get(queue, { block: false, timeout: -1 }), 1);
  await refuses(form, Empty, () => form.get(queue, { block: false, timeout: -1 }));
});

inBothForms('QUEUE-030 a timeout of zero', async (form) => {
  const queue = new Queue<number>();
  await promptly(() => refuses(form, Empty, () => form.get(queue, 0)));
  await taking(50, () => refuses(form, Empty, () => form.get(queue, 50)));
});

inBothForms('QUEUE-031 join() where nothing was put', async (form) => {
  assert.equal(await promptly(() => form.join(new Queue())), true);
});

inBothForms('QUEUE-033 shutdown() turns away who waits to put', async (form) => {
  for (const immediate of [false, true]) {
    const queue = new Queue<number>(1);
    await form.put(queue, 1);
    const putter = await blocked(() => turnedAway(() => form.put(queue, 2)));
    queue.shutdown({ immediate });
    await putter.join(form);
    assert.equal(queue.qsize(), immediate ? 0 : 1);
    assert.equal(queue.unfinishedTasks, immediate ? 0 : 1);
  }
});

inBothForms('QUEUE-034 shutdown() leaves what is inside', async (form) => {
  const queue = new Queue<number>(2);
  for (const item of [1, 2]) await form.put(queue, item);
  queue.shutdown();
  assert.deepEqual([queue.qsize(), queue.full(), queue.empty()], [2, true, false]);
});

inBothForms('QUEUE-037 three errors', (form) => {
  const classes = [Empty, Full, ShutDown];
  for (const type of classes) {
    assert.equal(Object.getPrototypeOf(type), Error);
    assert.equal(new type().name, type.name);
    assert.deepEqual(
      classes.filter((other) => new type() instanceof other),
      [type],
    );
  }
  assert.deepEqual(
    classes.map((type) => new type().code),
    ['ERR_QUEUE_EMPTY', 'ERR_QUEUE_FULL', 'ERR_QUEUE_SHUT_DOWN'],
  );
  assert.ok(form);
});

inBothForms('QUEUE-038 the order of each producer', async (form) => {
  const queue = new Queue<readonly [number, number]>(10);
  const crew = new Crew(3, async (producer) => {
    for (let k = 0; k < 1000; k++) await form.put(queue, [producer, k]);
  });
  const next = [0, 0, 0];
  for (let k = 0; k < 3000; k++) {
    const [producer, number] = await form.get(queue);
    assert.equal(number, next[producer]++);
  }
  await crew.join(form);
});

inBothForms('join() gives up', async (form) => {
  const queue = new Queue<number>();
  await form.put(queue, 1);
  assert.equal(await taking(50, () => form.join(queue, 50)), false);
  assert.equal(await promptly(() => form.join(queue, 0)), false);
  queue.shutdown({ immediate: true });
  assert.equal(await promptly(() => form.join(queue, 0)), true);
});

inBothForms('shutdown({ immediate }) leaves those got, but not done, to join()', async (form) => {
  const queue = new Queue<number>();
  for (let item = 0; item < 3; item++) await form.put(queue, item);
  await form.get(queue);
  queue.shutdown({ immediate: true });
  assert.equal(queue.unfinishedTasks, 1);
  queue.shutdown();
  assert.equal(await form.join(queue, 20), false);
  queue.taskDone();
  assert.equal(await form.join(queue), true);
});

inBothForms('a new maxsize lets in who waits', async (form) => {
  const queue = new Queue<number>(1);
  await form.put(queue, 0);
  const crews: Crew[] = [];
  for (let item = 1; item <= 20; item++) crews.push(await blocked(() => form.put(queue, item)));
  queue.maxsize = 4;
  await until('there is room for three', () => queue.qsize() === 4);
  await settle(1);
  assert.equal(queue.qsize(), 4);
  queue.maxsize = 2;
  assert.ok(queue.full());
  await form.get(queue);
  assert.equal(queue.qsize(), 3);
  queue.maxsize = 0;
  for (const crew of crews) await crew.join(form);
  const items: number[] = [];
  for (let item = 1; item <= 20; item++) items.push(await form.get(queue));
  // Which thread came first to the line, nobody saw.
  assert.deepEqual(
    items.toSorted((a, b) => a - b),
    Array.from({ length: 20 }, (_, k) => k + 1),
  );
});

inBothForms('who waits is let in in the order of arrival', async (form) => {
  const queue = new Queue<number>(1);
  const puts = Array.from({ length: 20 }, (_, item) => queue.putAsync(item));
  for (let item = 0; item < 5; item++) assert.equal(await form.get(queue), item);
  queue.maxsize = 0;
  await Promise.all(puts);
  for (let item = 5; item < 20; item++) assert.equal(await form.get(queue), item);
});
