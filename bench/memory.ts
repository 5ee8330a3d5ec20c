/**
 * What a thread costs in memory, beyond the first.
 */
import type { Figure } from './row.js';
import { fresh } from './processes.js';
import { median, takeTurns } from './sampling.js';

const ROUNDS = 9;

export async function measure(): Promise<Figure[]> {
  const samples = await takeTurns(ROUNDS, { ours: () => fresh('memory'), raw: () => fresh('raw-memory') });
  return [
    {
      name: 'memory of one more thread',
      ours: median(samples.ours),
      unit: 'MB',
      yardstick: 'of one more new Worker(file)',
      yardstickValue: median(samples.raw),
      times: 1.15,
    },
  ];
}
