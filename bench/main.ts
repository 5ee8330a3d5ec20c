/**
 * npm run bench -- [words…] [--json FILE]: measures, prints a table and writes the same as JSON.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { textFrom } from './processes.js';
import { type Figure, judge, type Row } from './row.js';
import { tableOf } from './table.js';
import { TOPICS } from './topics.js';

const USAGE = `npm run bench -- [words…] [--json FILE]
  words   only the topics whose name contains one of them: ${Object.keys(TOPICS).join(', ')}
  --json  where the results go as JSON; default: build-bench/bench/results.json`;

const { values, positionals } = parse();
if (values.help === true) {
  console.log(USAGE);
  process.exit();
}
const chosen = Object.keys(TOPICS).filter(
  (topic) => positionals.length === 0 || positionals.some((word) => topic.includes(word)),
);
if (chosen.length === 0) stop(`no topic is called ${positionals.join(' or ')}.\n${USAGE}`);

const rows: Row[] = [];
const failed: string[] = [];
for (const topic of chosen) {
  process.stderr.write(`measuring ${topic} …\n`);
  try {
    rows.push(...(await figuresOf(topic)).map((figure) => judge(topic, figure)));
  } catch (error) {
    failed.push(topic);
    process.stderr.write(`${topic}: ${(error as Error).message}\n`);
  }
}

console.log(tableOf(rows));
console.log(
  '\nns: the best of many rounds, which noise only makes worse. All else: medians, taken in turns with the yardstick.',
);
const missed = rows.filter((row) => row.met === false).length;
const met = rows.filter((row) => row.met === true).length;
const counts = `${met} targets met, ${missed} missed`;
console.log(`${counts}${failed.length > 0 ? `; could not be measured: ${failed.join(', ')}` : ''}. ${machine()}`);

if (os.loadavg()[0] > os.cpus().length)
  console.log('The machine is busy with other things: times are not to be trusted.');

const file = values.json ?? fileURLToPath(new URL('./results.json', import.meta.url));
mkdirSync(path.dirname(path.resolve(file)), { recursive: true });
const result = { date: new Date().toISOString(), machine: machine(), rows };
writeFileSync(file, `${JSON.stringify(result, null, 2)}\n`);
console.log(`As JSON: ${path.relative(process.cwd(), file)}`);
// A missed target is a result; on a busy machine it may be the neighbours'.
process.exitCode = failed.length > 0 ? 1 : 0;

function parse(): { values: { json?: string; help?: boolean }; positionals: string[] } {
  try {
    return parseArgs({
      allowPositionals: true,
      options: { json: { type: 'string' }, help: { type: 'boolean', short: 'h' } },
    });
  } catch (error) {
    return stop(`${(error as Error).message}\n${USAGE}`);
  }
}

function stop(text: string): never {
  console.error(text);
  process.exit(2);
}

/** Every topic has a process of its own: what one leaves behind (compiled code, parked workers) is not the next one's. */
async function figuresOf(topic: string): Promise<Figure[]> {
  const entry = fileURLToPath(new URL('./topic.js', import.meta.url));
  const text = await textFrom(process.execPath, [entry, topic]);
  return JSON.parse(text) as Figure[];
}

function machine(): string {
  const cpus = os.cpus();
  const load = os.loadavg()[0].toFixed(1);
  return `Node ${process.versions.node}, ${os.platform()} ${os.arch()}, ${cpus.length} × ${cpus[0]?.model.trim() ?? 'CPU'}, load ${load}`;
}
