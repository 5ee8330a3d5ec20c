// Prints the ms that the first thread of this process takes, from `new` until it was joined.
import { AtomicInt32, Thread } from 'threadwork';

const ran = new AtomicInt32();
const start = performance.now();
new Thread({ target: () => void ran.add(1) }).start().join();
const took = performance.now() - start;
if (ran.value !== 1) throw new Error('the thread did not run');
console.log(took);
