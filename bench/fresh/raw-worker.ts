// The worker of the yardsticks: counts itself in, says so, and waits for good if it was told to.
import { workerData } from 'node:worker_threads';

const { words, stays } = workerData as { words: Int32Array; stays: boolean };
Atomics.add(words, 0, 1);
Atomics.notify(words, 0);
if (stays) Atomics.wait(words, 1, 0);
