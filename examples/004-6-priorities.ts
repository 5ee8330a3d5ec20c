/**
 * Priorities
 *
 * In a pool, tasks with a lower number are begun before others that were submitted earlier; none is interrupted. The same with
 * workers of one's own is a PriorityQueue, ordered by what a function says of each job.
 */
import { currentThread, Event, PriorityQueue, type SharedList, shared, Thread, ThreadPoolExecutor } from 'threadwork';
import { check } from './check.js';

const URGENT = -1;
const WHEN_IDLE = 10;

const begun = new Event();
const gate = new Event();
const order = shared<string[]>([]) as SharedList<string>;

function longReport() {
  begun.set();
  gate.wait();
  order.push('long report');
}

function work(name: string) {
  order.push(name);
}

// A pool: while its thread is busy, jobs come in

using pool = new ThreadPoolExecutor({ maxWorkers: 1 });
pool.submit(longReport);
begun.wait();
pool.submitWithPriority(WHEN_IDLE, work, 'clean-up');
pool.submit(work, 'report 1');
pool.submit(work, 'report 2');
pool.submitWithPriority(URGENT, work, 'alarm 1');
pool.submitWithPriority(URGENT, work, 'alarm 2');
gate.set();
pool.shutdown();

const sequence = order.toArray();
console.log(`In the pool: ${sequence.join(', ')}`);
check('what runs is not interrupted', sequence[0] === 'long report', sequence[0]);
check('the urgent ones overtake', sequence.slice(1, 3).join() === 'alarm 1,alarm 2', sequence.join());
check('equal ones keep their order', sequence.slice(3, 5).join() === 'report 1,report 2', sequence.join());
check('what can wait comes last', sequence[5] === 'clean-up', sequence.join());

// A queue: most urgent first, among those the earliest deadline

interface Job {
  name: string;
  urgency: number;
  deadline: number;
}

const jobs = new PriorityQueue<Job>(0, { priority: (job) => [job.urgency, job.deadline] });
const taken = shared<string[]>([]) as SharedList<string>;

function worker() {
  for (const { name, urgency, deadline } of jobs) {
    taken.push(`${currentThread().name}/${urgency}/${deadline}`);
    console.log(`${currentThread().name} takes ${name}`);
    jobs.taskDone();
  }
}

jobs.put({ name: 'tidy the archive', urgency: 3, deadline: 0 });
jobs.put({ name: 'the report for Friday', urgency: 2, deadline: 5 });
jobs.put({ name: 'the report for Monday', urgency: 2, deadline: 1 });
jobs.put({ name: 'the fire alarm', urgency: 1, deadline: 9 });
jobs.put({ name: 'the report for Wednesday', urgency: 2, deadline: 3 });

const workers = ['worker 1', 'worker 2'].map((name) => new Thread({ target: worker, name }).start());
jobs.join();
jobs.shutdown(); // Ends the loops
for (const t of workers) t.join();

const lines = taken.toArray();
check('all jobs were done', lines.length === 5 && jobs.empty(), `${lines.length} were`);
check(
  'each worker took them by urgency, then by deadline',
  ['worker 1', 'worker 2'].every((name) => {
    const own = lines.filter((line) => line.startsWith(name));
    return own.join() === own.toSorted().join();
  }),
  lines.join(),
);
