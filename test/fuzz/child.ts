/**
 * The process in which calls are made: `node child.js SEED CALLS [part]` for
 * calls one after the other in one thread; with `threads` as the part, from several threads at once;
 * with `executors`, lives of executors. It says on its standard output which call is under way,
 * so that whoever started it knows what it hung on.
 */
import fc from 'fast-check';
import { configure, setExcepthook, stackSize } from 'threadwork';
import { allOperations, type Operation } from './operations.js';
import { endSubjects } from './subjects.js';
import { callOf } from './calls.js';
import { livesOfExecutors } from './executors.js';
import { fromThreads } from './threads.js';
import { attempt, show } from './trial.js';
import { say } from './say.js';

const [seed, calls, part = ''] = process.argv.slice(2);

const operations: ReadonlyMap<string, Operation> = allOperations();

/** What one call may have set for the whole process. */
function resetSettings(): void {
  setExcepthook(() => undefined);
  stackSize(0);
  configure({ onDeadlock: 'throw', warmThreads: 4, heapBytes: 2 ** 30, dump: false });
}

let current = '';
process.on('unhandledRejection', (reason) => {
  say(`! unhandled rejection after ${current}: ${reason instanceof Error ? reason.stack : String(reason)}`);
  process.exit(3);
});

/** Operation by operation, so that a failure shrinks to the smallest call that fails. */
async function oneAfterTheOther(): Promise<number> {
  const chosen = [...operations.values()].filter(({ name }) => name.includes(part));
  const numRuns = Math.max(1, Math.floor(Number(calls) / chosen.length));
  let failures = 0;
  for (const operation of chosen) {
    try {
      await fc.assert(
        fc.asyncProperty(callOf(operation), async (call) => {
          current = show(call, operation);
          say(`> ${current}`);
          try {
            await attempt(call, operation);
          } finally {
            if (operation.subject === null) resetSettings();
          }
        }),
        { seed: Number(seed), numRuns },
      );
    } catch (error) {
      failures++;
      const reason = (error as { cause?: Error }).cause?.message ?? '';
      say(`! ${reason}\n  ${(error as Error).message.replaceAll('\n', '\n  ')}`);
    }
  }
  endSubjects();
  return failures;
}

resetSettings();
const failures =
  part === 'threads'
    ? await fromThreads(Number(seed), Number(calls))
    : part === 'executors'
      ? await livesOfExecutors(Number(seed), Number(calls))
      : await oneAfterTheOther();
say(failures === 0 ? 'all well' : `${failures} operations failed`);
// Promises of futures that stay pending would hold the process.
process.exit(failures === 0 ? 0 : 1);
