/**
 * Two producers, three consumers, one queue
 *
 * Consumers leave when nothing has come for two seconds; main waits for the queue, not for them.
 */
import { AtomicInt32, Empty, Queue, sleep, SimpleQueue, Thread } from 'threadwork';
import { check } from './check.js';

const processed = new SimpleQueue<string>();
const timedOut = new AtomicInt32(0);

function uniform(from: number, to: number) {
  return from + Math.random() * (to - from);
}

/** Produce items and add to queue */
function producer(q: Queue<string>, producerId: number) {
  for (let i = 0; i < 5; i++) {
    const item = `Item-${producerId}-${i}`;
    sleep(uniform(100, 500));
    q.put(item);
    console.log(`Producer ${producerId} produced ${item}`);
  }
}

/** Consume items from queue */
function consumer(q: Queue<string>, consumerId: number) {
  for (;;) {
    try {
      // Wait up to 2 seconds for an item
      const item = q.get({ timeout: 2000 });
      console.log(`Consumer ${consumerId} processing ${item}`);
      sleep(uniform(200, 600));
      processed.put(item);
      q.taskDone();
    } catch (error) {
      if (!(error instanceof Empty)) throw error;
      timedOut.add(1);
      console.log(`Consumer ${consumerId} timed out, exiting`);
      break;
    }
  }
}

// Create queue
const workQueue = new Queue<string>();

// Start producers
const producers: Thread[] = [];
for (let i = 0; i < 2; i++) {
  const t = new Thread({ target: producer, args: [workQueue, i] });
  t.start();
  producers.push(t);
}

// Start consumers
const consumers: Thread[] = [];
for (let i = 0; i < 3; i++) {
  const t = new Thread({ target: consumer, args: [workQueue, i] });
  t.start();
  consumers.push(t);
}

// Wait for producers to finish
for (const t of producers) t.join();

// Wait for queue to be processed
workQueue.join();

const items: string[] = [];
while (!processed.empty()) items.push(processed.get());
console.log('All work completed');

const expected = [0, 1].flatMap((id) => [0, 1, 2, 3, 4].map((i) => `Item-${id}-${i}`));
check('all ten items were processed once when join() returned', items.sort().join() === expected.join(), `${items}`);
check('nothing is left to be done', workQueue.empty() && workQueue.unfinishedTasks === 0, `${workQueue}`);
for (const t of consumers) t.join();
check('every consumer left when nothing came any more', timedOut.load() === 3, `${timedOut.load()} of 3 did`);
