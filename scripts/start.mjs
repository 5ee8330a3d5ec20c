// npm start: the tour. npm start -- FILE [args…]: runs FILE. Installs and builds first where that is due.
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { build, fail, install, root } from './project.mjs';

await install();
const status = await build(['dist', 'examples']);
if (status !== 0) fail('the sources do not compile (see above).', status);

const args = process.argv.slice(2);
const command = args.length === 0 ? ['tour'] : isCommand(args[0]) ? args : ['run', ...args];
// A path means what it meant where npm was called; npm itself has moved to the package's folder.
if (process.env.INIT_CWD) process.chdir(process.env.INIT_CWD);
const main = path.join(root, 'dist/cli/main.js');
process.argv.splice(1, Infinity, main, ...command);
await import(pathToFileURL(main).href); // in this process: one layer less between the prompt and the program

function isCommand(word) {
  return word === 'run' || word === 'tour' || word.startsWith('-');
}
