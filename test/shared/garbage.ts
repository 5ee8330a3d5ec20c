/** Collecting garbage on demand, so that handles go. */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { memoryUsage, sleepAsync, Thread } from 'threadwork';
import { sweep } from '../../src/heap/handle.js';
import { until } from '../conformance/crew.js';

/** Collects what this thread no longer refers to. */
export function collectGarbage(): void {
  setFlagsFromString('--expose-gc');
  (runInNewContext('gc') as () => void)();
}

/** Waits until no more than `bytes` of the heap are in use; a parked worker must collect its garbage, too. */
export async function untilUsed(bytes: number): Promise<void> {
  let turns = 0;
  await until(`${bytes} bytes are in use`, () => {
    if (turns++ % 20 === 0) startCollector();
    collectGarbage();
    sweep();
    return memoryUsage().used <= bytes;
  });
}

function startCollector(): void {
  new Thread({
    target: async () => {
      collectGarbage();
      await sleepAsync(1);
    },
  }).start();
}
