/** `npm run soak -- [--seconds N] [--seed S]`: threads that do everything, and die of everything, for ten minutes. */
import { parseArgs } from 'node:util';
import { soak } from './watch.js';

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '600' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
  },
});
const [seconds, seed] = [Number(values.seconds), Number(values.seed)];
if (!(seconds > 0) || !Number.isInteger(seed)) {
  console.error('soak: --seconds takes a positive number, --seed a whole one');
  process.exit(2);
}
const command = `npm run soak -- --seconds ${seconds} --seed ${seed}`;
console.log(command);
const { failure, summary } = await soak(seconds, seed);
if (failure === undefined) console.log(summary);
else {
  console.error(`soak: ${failure}\nfailed: ${command}`);
  process.exitCode = 1;
}
