/**
 * Processes, for code that may crash
 *
 * The same functions in processes of their own: when one dies, its pool is broken and the program goes on. Nothing is shared with
 * them; a shared object as an argument is refused.
 */
import { AtomicInt32, BrokenProcessPool, NotSendableError, ProcessPoolExecutor } from 'threadwork';
import { check } from './check.js';

function render(page: string) {
  if (page === 'page 13') process.kill(process.pid, 'SIGKILL'); // Stands for a crash in a native module
  return { page, html: `<p>${page}</p>`, pid: process.pid };
}

const pages = (from: number, to: number) => Array.from({ length: to - from }, (_, n) => `page ${from + n}`);

// Ten calls travel as one task: a process costs more for each than a thread does

const good = pages(100, 140);
let results: ReturnType<typeof render>[];
{
  using pool = new ProcessPoolExecutor({ maxWorkers: 2 });
  results = Array.from(pool.map(render, good, { chunksize: 10 }));
}
const pids = new Set(results.map(({ pid }) => pid));
console.log(`${results.length} pages, from ${results[0].html} to ${results.at(-1)?.html}, by ${pids.size} processes`);

check('the results are those of the pages, in order', results.map(({ page }) => page).join() === good.join());
check('they come from other processes', pids.size <= 2 && !pids.has(process.pid), `${[...pids]}`);

// One page kills the process: what is not done then has a BrokenProcessPool

using fragile = new ProcessPoolExecutor({ maxWorkers: 1 });
const tasks = pages(11, 15).map((page) => ({ page, future: fragile.submit(render, page) }));
const pid = tasks[0].future.result().pid;
const lost: string[] = [];
const causes = new Set<string>();
for (const { page, future } of tasks) {
  const error = future.exception();
  if (error === null) continue;
  if (!(error instanceof BrokenProcessPool)) throw error;
  lost.push(page);
  causes.add(String((error.cause as Error).message));
}
console.log(`Lost ${lost.join(', ')}: ${[...causes].join('; ')}`);

check('what was done before is not lost', tasks.length - lost.length === 2, `lost: ${lost}`);
check('what was not has an error', lost.join() === pages(13, 15).join(), `lost: ${lost}`);
check(
  'whose cause says how the process died',
  causes.size === 1 && [...causes][0].startsWith(`process ${pid} `),
  [...causes].join('; '),
);
let refused: unknown;
try {
  fragile.submit(render, 'page 17');
} catch (error) {
  refused = error;
}
check('that pool takes nothing more', refused instanceof BrokenProcessPool, String(refused));

// Which page was it? Each of them in a pool of its own

const culprits: string[] = [];
for (const page of lost) {
  using own = new ProcessPoolExecutor({ maxWorkers: 1 });
  const error = own.submit(render, page).exception();
  console.log(`${page} alone: ${error === null ? 'rendered' : error.name}`);
  if (error !== null) culprits.push(page);
}
check('the program goes on, and finds the page', culprits.join() === 'page 13', `found: ${culprits}`);

// Other processes have a memory of their own

const hits = new AtomicInt32(0);
using counters = new ProcessPoolExecutor({ maxWorkers: 1 });
const refusal = counters.submit((counter: AtomicInt32) => counter.add(1), hits).exception();
console.log(String(refusal));
check('a shared object is refused', refusal instanceof NotSendableError && hits.load() === 0, String(refusal));
check('and that breaks nothing', counters.submit(Math.abs, -1).result() === 1, String(counters));
