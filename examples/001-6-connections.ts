/**
 * A connection per thread
 *
 * Six items in a pool of three: each thread makes its connection once and uses it for its later items too.
 */
import { AtomicInt32, currentThread, local, sleep, ThreadPoolExecutor } from 'threadwork';
import { check } from './check.js';

const connections = new AtomicInt32(0);

// Thread-local storage
const threadLocal = local(() => ({ connectionId: connections.add(1) + 1 }));

function processData(item: string) {
  const { connectionId } = threadLocal;
  const thread = currentThread().name;
  console.log(`Thread ${thread} processing ${item} with connection ${connectionId}`);
  sleep(200);
  return { item, thread, connectionId };
}

const items = ['A', 'B', 'C', 'D', 'E', 'F'];
let results: ReturnType<typeof processData>[];
{
  using executor = new ThreadPoolExecutor({ maxWorkers: 3 });
  results = Array.from(executor.map(processData, items));
}

const ids = new Map<string, Set<number>>();
for (const { thread, connectionId } of results) ids.set(thread, (ids.get(thread) ?? new Set()).add(connectionId));
check('every item was processed, in order', results.map(({ item }) => item).join('') === 'ABCDEF');
check('by three threads at most', ids.size <= 3, `by ${ids.size}`);
check(
  'each had one connection for all of its items',
  [...ids.values()].every((set) => set.size === 1),
);
check('no two had the same', new Set(results.map(({ connectionId }) => connectionId)).size === ids.size);
check('no more were made', connections.load() === ids.size, `${connections.load()} were`);
