// Prints the MB of resident memory for one more thread that waits.
import { AtomicInt32, Event, sleep, Thread } from 'threadwork';
import { printGrowth } from './growth.js';

const waiting = new AtomicInt32();
const event = new Event();

function wait(): void {
  waiting.add(1);
  event.wait();
}

printGrowth(
  () => void new Thread({ target: wait, daemon: true }).start(),
  (count) => {
    while (waiting.value < count) sleep(5);
  },
);
