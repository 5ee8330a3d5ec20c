/**
 * A thread on a worker that is there already: made, started, run and joined.
 */
import { Thread } from 'threadwork';
import type { Figure } from './row.js';
import { median, middleOf, takeTurns } from './sampling.js';
import { inC, inPython, missing } from './yardsticks.js';

const ROUNDS = 25;
const THREADS = 200;

function nothing(): void {}

function startAndJoin(): void {
  new Thread({ target: nothing }).start().join();
}

export async function measure(): Promise<Figure[]> {
  const c = inC('thread');
  const python = inPython('thread');
  // The start path is some thousand lines: it is warm after some hundred threads.
  const samples = await takeTurns(
    ROUNDS,
    {
      ours: () => middleOf(THREADS, 1000, startAndJoin),
      c: c && (() => c.sample(THREADS)),
      python: python && (() => python.sample(THREADS)),
    },
    10,
  );
  const figure = { name: 'new Thread(…).start().join()', ours: median(samples.ours), unit: 'µs' };
  return [
    {
      ...figure,
      yardstick: 'C: pthread_create + join',
      yardstickValue: median(samples.c),
      times: 1.3,
      ...(c === null ? { note: missing('gcc') as string } : {}),
    },
    {
      ...figure,
      yardstick: 'CPython: Thread(…).start(), join()',
      yardstickValue: median(samples.python),
      times: 1,
      ...(python === null ? { note: missing('python3') as string } : {}),
    },
  ];
}
