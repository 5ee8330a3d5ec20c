// npm run soak [-- --seconds N --seed S]: the load test, ten minutes unless told otherwise (test/soak/).
import path from 'node:path';
import { build, fail, install, node, root } from './project.mjs';

await install();
const status = await build(['tests']);
if (status !== 0) fail('the sources do not compile (see above).', status);
process.exitCode = await node([path.join(root, 'build/test/soak/main.js'), ...process.argv.slice(2)]);
