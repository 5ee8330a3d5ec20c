// npm test [-- words…]: installs and compiles where that is due, then runs the tests (test/run/main.ts explains the words).
import path from 'node:path';
import { build, install, node, root, step } from './project.mjs';

await install();
if ((await build(['dist', 'examples', 'tests'])) === 0) {
  process.exitCode = await node([path.join(root, 'build/test/run/main.js'), ...process.argv.slice(2)]);
} else {
  step('no test ran: the sources do not compile (see above).');
  console.log('0 passed, 1 failed');
  process.exitCode = 1;
}
