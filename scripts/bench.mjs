// npm run bench [-- words…]: compiles bench/ and runs it. Its peers, other libraries to compare with, are a package of their own there.
import fs from 'node:fs';
import path from 'node:path';
import { build, fail, install, node, root } from './project.mjs';

const main = path.join(root, 'build-bench/bench/main.js');
await install();
if (fs.existsSync(path.join(root, 'bench/package-lock.json'))) await install(path.join(root, 'bench'));
const status = await build(['dist', 'bench']);
if (status !== 0) fail('the benchmarks do not compile (see above).', status);
if (!fs.existsSync(main)) fail('there is no bench/main.ts to run.');
process.exitCode = await node([main, ...process.argv.slice(2)]);
