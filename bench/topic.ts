/**
 * Measures the one topic that the command line names, in this process, and prints its figures as JSON.
 */
import type { Figure } from './row.js';
import { putAway } from './yardsticks.js';

const { measure } = (await import(`./${process.argv[2]}.js`)) as { measure(): Promise<Figure[]> };
try {
  const figures = await measure();
  process.stdout.write(JSON.stringify(figures), () => process.exit());
} finally {
  putAway();
}
