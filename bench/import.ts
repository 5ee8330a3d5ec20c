/**
 * Importing the package, in a fresh process.
 */
import type { Figure } from './row.js';
import { fresh, numberFrom } from './processes.js';
import { median, takeTurns } from './sampling.js';
import { missing, script } from './yardsticks.js';

const ROUNDS = 15;

export async function measure(): Promise<Figure[]> {
  const lacks = missing('python3');
  const samples = await takeTurns(ROUNDS, {
    ours: () => fresh('import'),
    python: lacks === null ? () => numberFrom('python3', [script('import')]) : null,
  });
  return [
    {
      name: "import 'threadwork'",
      ours: median(samples.ours),
      unit: 'ms',
      yardstick: 'CPython: import threading, queue, …',
      yardstickValue: median(samples.python),
      most: 15,
      ...(lacks === null ? {} : { note: lacks }),
    },
  ];
}
