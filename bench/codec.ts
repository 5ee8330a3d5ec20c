/**
 * Values there and back: from objects to a block of the shared heap and to objects again, beside structured clone's codec.
 * Both sides are measured in one thread, as the codec's own cost.
 */
import { CASES } from './codec-cases.js';
import { freshProgram, textFrom } from './processes.js';
import type { Figure } from './row.js';

export async function measure(): Promise<Figure[]> {
  const figures: Figure[] = [];
  // The number behind the last case is that of the task.
  for (let number = 0; number <= CASES.length; number++) {
    const text = await textFrom(process.execPath, [freshProgram('codec'), String(number)]);
    figures.push(JSON.parse(text) as Figure);
  }
  return figures;
}
