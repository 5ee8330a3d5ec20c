// Ten threads that wait, and a main thread that joins them; says so once and waits to be killed.
import { writeSync } from 'node:fs';
import * as threadwork from 'threadwork';
import { AtomicInt32, Condition, Event, Lock, Semaphore, sleep, Thread } from 'threadwork';

const waiting = new AtomicInt32();
const lock = new Lock();
const event = new Event();
const condition = new Condition();
const semaphore = new Semaphore(0);
lock.acquire();

interface Queue {
  get(): unknown;
}

const { Queue } = threadwork as unknown as { Queue?: new () => Queue };
const items = Queue === undefined ? semaphoreAsQueue() : new Queue();

/** For builds of the library that have no queues. */
function semaphoreAsQueue(): Queue {
  return { get: () => semaphore.acquire() };
}

const waits: (() => void)[] = [
  () => {
    waiting.add(1);
    lock.acquire();
  },
  () => {
    waiting.add(1);
    event.wait();
  },
  () => {
    condition.with(() => {
      waiting.add(1);
      condition.wait();
    });
  },
  () => {
    waiting.add(1);
    items.get();
  },
];

const threads = Array.from({ length: 10 }, (_, k) =>
  new Thread({ target: waits[k % waits.length], daemon: true }).start(),
);
while (waiting.value < threads.length) sleep(5);
writeSync(1, 'waiting\n');
// With a limit: a wait without one would be reported as the deadlock that it is.
threads[0].join(600_000);
