/**
 * The pipeline on a queue, ended by an event
 *
 * The queue holds ten messages; a producer that is faster waits. Both stop when the event is set, the consumer only when the
 * queue is empty too. It may find that so while the producer has its last message in hand: that one stays in the queue.
 */
import { AtomicInt32, Event, Queue, sleep, SimpleQueue, Thread } from 'threadwork';
import { check } from './check.js';

const got = new SimpleQueue<number>();
const stored = new SimpleQueue<number>();
const largest = new AtomicInt32(0);

/** Pretend we're getting a number from the network. */
function producer(queue: Queue<number>, event: Event) {
  while (!event.isSet()) {
    const message = 1 + Math.floor(Math.random() * 101);
    console.info('Producer got message: %s', message);
    queue.put(message);
    got.put(message);
    sleep(1);
  }
  console.info('Producer received event. Exiting');
}

/** Pretend we're saving a number in the database. */
function consumer(queue: Queue<number>, event: Event) {
  while (!event.isSet() || !queue.empty()) {
    const size = queue.qsize();
    if (size > largest.load()) largest.store(size);
    // After the event, nothing may come any more: do not wait for it.
    const message = next(queue);
    if (message === null) continue;
    console.info('Consumer storing message: %s (size=%s)', message, queue.qsize());
    stored.put(message);
  }
  console.info('Consumer received event. Exiting');
}

function next(queue: Queue<number>): number | null {
  try {
    return queue.get({ timeout: 100 });
  } catch {
    return null;
  }
}

const pipeline = new Queue<number>(10);
const event = new Event();
const threads = [
  new Thread({ target: producer, args: [pipeline, event] }),
  new Thread({ target: consumer, args: [pipeline, event] }),
];
for (const t of threads) t.start();

sleep(100);
// On a busy machine threads may take longer than that to begin.
while (stored.empty()) sleep(10);
console.info('Main: about to set event');
event.set();
for (const t of threads) t.join();

function drain(queue: SimpleQueue<number> | Queue<number>): number[] {
  const items: number[] = [];
  while (!queue.empty()) items.push(queue.get());
  return items;
}

const sent = drain(got);
const arrived = drain(stored);
const left = drain(pipeline);
check('messages went through the pipeline', arrived.length > 0, 'none did');
check(
  'every message was stored once, in the order in which they came',
  [...arrived, ...left].join() === sent.join(),
  `${sent} / ${arrived} / ${left}`,
);
check('there were never more than ten inside', largest.load() <= 10, `there were ${largest.load()}`);
check('no more than the last one is left in the pipeline', left.length <= 1, String(left));
