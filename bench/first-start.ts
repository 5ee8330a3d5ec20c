/**
 * The first thread of a process: nothing is warm, and the supervisor has to boot as well.
 */
import type { Figure } from './row.js';
import { fresh } from './processes.js';
import { median, takeTurns } from './sampling.js';

const ROUNDS = 15;

export async function measure(): Promise<Figure[]> {
  const samples = await takeTurns(ROUNDS, { ours: () => fresh('first-start'), raw: () => fresh('raw-start') });
  return [
    {
      name: 'first new Thread(…).start().join()',
      ours: median(samples.ours),
      unit: 'ms',
      yardstick: 'new Worker(file) until it ran',
      yardstickValue: median(samples.raw),
      times: 2.5,
    },
  ];
}
