/**
 * Items from a producer to a consumer through a queue
 *
 * A null at the end tells the consumer that there are no more.
 */
import { AtomicInt32, Queue, sleep, SimpleQueue, Thread } from 'threadwork';
import { check } from './check.js';

const consumed = new SimpleQueue<number>();
const sentinels = new AtomicInt32(0);

/** Thread that produces items for the queue */
function producer(q: Queue<number | null>) {
  for (let i = 0; i < 5; i++) {
    console.log(`Producing item ${i}`);
    q.put(i); // Add item to queue
    sleep(1000); // Simulate production time
  }
  // Signal completion with a sentinel value
  q.put(null);
}

/** Thread that consumes items from the queue */
function consumer(q: Queue<number | null>) {
  for (;;) {
    const item = q.get(); // Get item from queue (blocks if empty)
    // Check for sentinel value
    if (item === null) {
      sentinels.add(1);
      break;
    }
    console.log(`Consumed item ${item}`);
    consumed.put(item);
    q.taskDone(); // Mark task as complete
  }
}

// Create a queue
const q = new Queue<number | null>();

// Create and start threads
const producerThread = new Thread({ target: producer, args: [q] });
const consumerThread = new Thread({ target: consumer, args: [q] });

producerThread.start();
consumerThread.start();

// Wait for threads to complete
producerThread.join();
consumerThread.join();
console.log('All done');

const items: number[] = [];
while (!consumed.empty()) items.push(consumed.get());
check('every item was consumed, in order', items.join() === '0,1,2,3,4', `consumed: ${items}`);
check(
  'the sentinel ended the consumer, and only that was not reported done',
  sentinels.load() === 1 && q.empty() && q.unfinishedTasks === 1,
  `${q}, ${q.unfinishedTasks} unfinished`,
);
