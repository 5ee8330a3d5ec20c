/** What is each queue's own: the order of its items, and what SimpleQueue has and has not. */
import assert from 'node:assert/strict';
import { AtomicInt32, Empty, LifoQueue, PriorityQueue, SimpleQueue, ValueError } from 'threadwork';
import { Crew, promptly } from './crew.js';
import { inBothForms, refuses } from './forms.js';

inBothForms('LIFO-025 puts and gets interleaved', async (form) => {
  const queue = new LifoQueue<string>();
  await form.put(queue, 'a');
  await form.put(queue, 'b');
  assert.equal(await form.get(queue), 'b');
  await form.put(queue, 'c');
  assert.equal(await form.get(queue), 'c');
  assert.equal(await form.get(queue), 'a');
});

inBothForms('PRIO-025 the lowest priority first', async (form) => {
  const queue = new PriorityQueue<[number, object]>();
  const data = [3, 1, 2, 1, 3].map((priority, k) => [priority, { k }] as [number, object]);
  for (const item of data) await form.put(queue, item);
  const out: unknown[] = [];
  for (let k = 0; k < data.length; k++) out.push(await form.get(queue));
  // Equal ones in the order in which they came.
  assert.deepEqual(out, [data[1], data[3], data[2], data[0], data[4]]);
});

inBothForms('SQ-001 all that it does', async (form) => {
  const queue = new SimpleQueue<number>();
  assert.ok(queue.empty());
  assert.equal(queue.qsize(), 0);
  await form.put(queue, 1);
  await form.put(queue, 2);
  queue.putNowait(3);
  await form.put(queue, 4);
  const gets = [
    () => form.get(queue),
    () => queue.getNowait(),
    () => form.get(queue, false),
    () => form.get(queue, 100),
  ];
  for (const [k, get] of gets.entries()) {
    assert.equal(queue.qsize(), 4 - k);
    assert.equal(await get(), k + 1);
  }
  await refuses(form, Empty, () => form.get(queue, false));
  await refuses(form, Empty, () => form.get(queue, 1));
  assert.throws(() => queue.getNowait(), Empty);
  await refuses(form, ValueError, () => form.get(queue, -1));
});

inBothForms('SQ-003 in the order of the puts', async (form) => {
  const queue = new SimpleQueue<number>();
  const producer = new Crew(1, async () => {
    for (let item = 0; item < 100; item++) await form.put(queue, item);
  });
  const consumer = new Crew(1, async () => {
    for (let item = 0; item < 100; item++) assert.equal(await form.get(queue), item);
  });
  await producer.join(form);
  await consumer.join(form);
});

inBothForms('SQ-004 fifty producers and fifty consumers', async (form) => {
  const queue = new SimpleQueue<number>();
  const seen = Array.from({ length: 10 }, () => new AtomicInt32());
  const sum = new AtomicInt32();
  const producers = new Crew(50, async (number) => {
    for (let k = 0; k < 200; k++) await form.put(queue, number * 200 + k);
  });
  const consumers = new Crew(50, async () => {
    for (let k = 0; k < 200; k++) {
      const item = await form.get(queue);
      sum.add(item);
      seen[item % 10].add(1);
    }
  });
  await producers.join(form);
  await consumers.join(form);
  assert.equal(sum.value, (9999 * 10_000) / 2);
  assert.deepEqual(
    seen.map((count) => count.value),
    seen.map(() => 1000),
  );
  assert.ok(queue.empty());
});

inBothForms('SQ-010 put() never waits', async (form) => {
  const queue = new SimpleQueue<number>();
  for (const options of [false, { block: true, timeout: -1 }, { block: false, timeout: 5 }, -3]) {
    await promptly(() => form.put(queue, 1, options));
  }
  assert.equal(queue.qsize(), 4);
});

inBothForms('SQ-012 what it has not', (form) => {
  const queue = new SimpleQueue<number>();
  for (const name of ['join', 'joinAsync', 'taskDone', 'full', 'maxsize', 'shutdown', 'isShutdown']) {
    assert.ok(!(name in queue), name);
  }
  assert.ok(form);
});
