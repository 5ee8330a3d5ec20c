/**
 * Measures the one topic that the command line names, in this process, and prints its figures as JSON.
 */
import { TOPICS } from './topics.js';
import { putAway } from './yardsticks.js';

const { measure } = await TOPICS[process.argv[2]]();
try {
  const figures = await measure();
  process.stdout.write(JSON.stringify(figures), () => process.exit());
} finally {
  putAway();
}
