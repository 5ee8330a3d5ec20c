/**
 * Hostile calls from several threads at once, on the same objects: no error but documented ones, no hang, and at the end every
 * object works.
 */
import fc from 'fast-check';
import * as library from 'threadwork';
import { callOf } from './calls.js';
import { chanceFrom } from '../stress/chance.js';
import { allOperations } from './operations.js';
import { SUBJECTS } from './subjects.js';
import { attempt, type Call, show } from './trial.js';
import { say } from './say.js';

const THREADS = 3;
/** Objects of these are one thread's, or cannot be sent. */
const ONE_THREAD = new Set([
  'Guard',
  'MapResult',
  'ThreadDump',
  'RWLockSide',
  'Executor',
  'ThreadPoolExecutor',
  'ProcessPoolExecutor',
  'TeeIterator',
  'Thread',
  'Timer',
  'Local',
]); // prettier-ignore

type Objects = Record<string, unknown>;

/** What each thread does. */
export async function hammer(
  number: number,
  seed: number,
  calls: number,
  objects: Objects,
  failures: library.Queue<string>,
): Promise<void> {
  const operations = [...allOperations().values()].filter(({ subject }) => subject !== null && subject in objects);
  const numRuns = Math.max(1, Math.floor(calls / operations.length));
  const plan = operations.flatMap((operation) =>
    fc
      .sample(callOf(operation), { seed: seed + number, numRuns })
      .map((call): [Call, typeof operation] => [call, operation]),
  );
  const chance = chanceFrom(seed + number);
  for (let k = plan.length - 1; k > 0; k--) {
    const other = chance(k + 1);
    [plan[k], plan[other]] = [plan[other], plan[k]];
  }
  process.on('unhandledRejection', (reason) => failures.put(`unhandled rejection: ${String(reason)}`));
  for (const [call, operation] of plan) {
    if (typeof call.self === 'string') continue;
    say(`> [${number}] ${show(call, operation)}`);
    try {
      await attempt(call, operation, objects[operation.subject as string]);
    } catch (error) {
      failures.put((error as Error).message);
    }
  }
}

/** Runs them; answers how many calls failed. */
export async function fromThreads(seed: number, calls: number): Promise<number> {
  const objects: Objects = {};
  for (const [name, { make }] of Object.entries(SUBJECTS))
    if (!ONE_THREAD.has(name)) objects[name] = make[seed % make.length]();
  const condition = objects['Condition'] as library.Condition;
  if (condition.locked()) condition.release();
  const failures = new library.Queue<string>();
  const module = new URL(import.meta.url);
  const threads = Array.from({ length: THREADS }, (_, number) =>
    new library.Thread({
      target: { module, name: 'hammer' },
      args: [number, seed, calls / THREADS, objects, failures],
    }).start(),
  );
  for (const thread of threads) await thread.joinAsync();
  for (const [name, { probe }] of Object.entries(SUBJECTS)) {
    if (objects[name] === undefined) continue;
    try {
      probe?.(objects[name] as never);
    } catch (error) {
      failures.put(`at the end the ${name} does not work: ${(error as Error).stack}`);
    }
  }
  const count = failures.qsize();
  while (!failures.empty()) say(`! ${failures.get()}`);
  return count;
}
