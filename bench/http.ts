/**
 * A web server whose requests want CPU work: how late its event loop comes to its next event, with the work done in the
 * handler and with the work in a pool.
 */
import { spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import { createInterface } from 'node:readline';
import { freshProgram } from './processes.js';
import type { Figure } from './row.js';

const SECONDS = 4;
const CONNECTIONS = 16;

interface Measured {
  readonly delay: number;
  readonly requests: number;
}

type Autocannon = (options: object) => Promise<{ requests: { average: number }; non2xx: number; errors: number }>;

async function load(kind: string, autocannon: Autocannon): Promise<Measured> {
  const server = spawn(process.execPath, [freshProgram('http-server'), kind], { stdio: ['pipe', 'pipe', 'inherit'] });
  const lines = createInterface({ input: server.stdout })[Symbol.asyncIterator]();
  const port = Number((await lines.next()).value);
  const result = await autocannon({
    url: `http://127.0.0.1:${port}/`,
    connections: CONNECTIONS,
    duration: SECONDS,
  });
  if (result.errors + result.non2xx > 0)
    throw new Error(`the ${kind} server failed ${result.errors + result.non2xx} times`);
  server.stdin.end();
  const delay = Number((await lines.next()).value);
  return { delay, requests: result.requests.average };
}

export async function measure(): Promise<Figure[]> {
  const row = (name: string) => ({ name, unit: 'ms', yardstick: null, yardstickValue: null });
  let autocannon: Autocannon;
  try {
    autocannon = createRequire(new URL('../../bench/package.json', import.meta.url))('autocannon') as Autocannon;
  } catch {
    return [{ ...row('loop delay p99'), ours: null, note: 'autocannon of bench/ is not installed' }];
  }
  const plain = await load('plain', autocannon);
  const inline = await load('inline', autocannon);
  const offloaded = await load('offloaded', autocannon);
  const note = ({ requests }: Measured) => `${Math.round(requests)} requests/s`;
  return [
    { ...row('loop delay p99: handler without work'), ours: plain.delay, note: note(plain) },
    { ...row('loop delay p99: work in the handler'), ours: inline.delay, note: note(inline) },
    { ...row('loop delay p99: await pool.submit(work)'), ours: offloaded.delay, most: 10, note: note(offloaded) },
  ];
}
