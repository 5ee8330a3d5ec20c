/**
 * A semaphore for a pool of connections
 *
 * Ten threads of a pool want a connection, and there are three.
 */
import { AtomicInt32, BoundedSemaphore, sleep, ThreadPoolExecutor } from 'threadwork';
import { about, check } from './check.js';

const LIMIT = 3;
const connections = new BoundedSemaphore(LIMIT);
const inUse = new AtomicInt32(0);
const most = new AtomicInt32(0);

function query(n: number) {
  using _connection = connections.hold();
  const now = inUse.add(1) + 1;
  most.update((before) => Math.max(before, now));
  console.log(`Query ${n} has one of ${now} connections in use`);
  sleep(300);
  inUse.sub(1);
  return n * n;
}

const queries = Array.from({ length: 10 }, (_, n) => n);
const start = performance.now();
let answers: number[];
{
  using executor = new ThreadPoolExecutor({ maxWorkers: 10 });
  answers = Array.from(executor.map(query, queries));
}
const elapsed = performance.now() - start;

check('every query was answered', answers.join() === queries.map((n) => n * n).join());
check('never more connections than there are', most.load() === LIMIT, `at most ${most.load()} were in use`);
check('ten queries on three connections: about 1.2 seconds', about(elapsed, 1200), `it took ${elapsed.toFixed()} ms`);
