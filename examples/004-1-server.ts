/**
 * A server that computes
 *
 * What a request asks for is computed in a pool, and `await` leaves the event loop free: a light request is answered while heavy
 * ones are computed. An error of the task is the answer to its request. At the end the server closes, then the pool.
 */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { activeCount, currentThread, Event, ThreadPoolExecutor } from 'threadwork';
import { check } from './check.js';

const computing = new Event();

/** Counts the primes below a limit: some 150 ms for a million. */
function countPrimes(limit: number) {
  if (!(limit <= 10_000_000)) throw new RangeError(`cannot count the primes below ${limit}`);
  computing.set();
  let count = 0;
  for (let n = 2; n < limit; n++) {
    let divisor = 2;
    while (divisor * divisor <= n && n % divisor !== 0) divisor++;
    if (divisor * divisor > n) count++;
  }
  return { count, thread: currentThread().name };
}

const pool = new ThreadPoolExecutor({ maxWorkers: 2, threadNamePrefix: 'counter' });

async function answer(path: string): Promise<[status: number, text: string]> {
  if (path === '/health') return [200, 'ok'];
  try {
    const { count, thread } = await pool.submit(countPrimes, Number(path.slice(1)));
    return [200, `${count} primes, says ${thread}`];
  } catch (error) {
    return [error instanceof RangeError ? 400 : 500, (error as Error).message];
  }
}

const server = createServer((request, response) => {
  void answer(request.url ?? '/').then(([status, text]) => response.writeHead(status).end(text));
});
await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

// Four clients with heavy requests, then one with light ones

const answered: string[] = [];

async function get(path: string) {
  const response = await fetch(base + path);
  const text = await response.text();
  answered.push(path);
  console.log(`${path}: ${response.status} ${text}`);
  return { status: response.status, text };
}

const heavy = ['/1000000', '/1100000', '/1200000', '/900000'];
const counted = heavy.map(get);
await computing.waitAsync();
for (let n = 0; n < 3; n++) await get('/health');
const answers = await Promise.all(counted);
const wrong = await get('/many');

server.closeAllConnections();
await new Promise((resolve) => server.close(resolve));
await pool.shutdownAsync();
console.log(`Closed: ${pool}`);

check(
  'light requests were answered before the heavy ones that were sent first',
  answered.slice(0, 3).every((path) => path === '/health'),
  answered.join(' '),
);
check(
  'the heavy ones were answered, too',
  answers.map(({ text }) => Number.parseInt(text, 10)).join() === '78498,85714,92938,71274',
  answers.map(({ text }) => text).join('; '),
);
check(
  'they were computed in the threads of the pool',
  answers.every(({ text }) => /says counter_[01]$/.test(text)),
);
check(
  'what a task throws is the answer to its request alone',
  wrong.status === 400 && wrong.text === 'cannot count the primes below NaN',
  `${wrong.status} ${wrong.text}`,
);
check('no thread is left', activeCount() === 1, `there are ${activeCount()}`);
