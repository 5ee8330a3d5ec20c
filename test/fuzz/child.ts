/**
 * The process in which calls are made: `node child.js SEED CALLS [part]`. It says on its standard output which call is under way,
 * so that whoever started it knows what it hung on.
 */
import { writeSync } from 'node:fs';
import fc from 'fast-check';
import { configure, setExcepthook, stackSize } from 'threadwork';
import { allOperations, type Operation } from './operations.js';
import { endSubjects, SUBJECTS } from './subjects.js';
import { type Argument, attempt, type Call, show, VALUES } from './trial.js';

const [seed, calls, word = ''] = process.argv.slice(2);

const operations: ReadonlyMap<string, Operation> = allOperations();

function callOf(operation: Operation): fc.Arbitrary<Call> {
  const value = fc.constantFrom(...VALUES);
  const option = fc.record({ option: fc.nat(operation.options.length), value });
  const argument: fc.Arbitrary<Argument> = operation.options.length > 0 ? fc.oneof(value, option) : value;
  const states = operation.subject === null ? 1 : SUBJECTS[operation.subject].make.length;
  return fc.record({
    operation: fc.constant(operation.name),
    self: fc.oneof({ weight: 5, arbitrary: fc.nat(states - 1) }, { weight: 1, arbitrary: value }),
    args: fc.array(argument, { maxLength: operation.arity + 2 }),
  });
}

/** What one call may have set for the whole process. */
function resetSettings(): void {
  setExcepthook(() => undefined);
  stackSize(0);
  configure({ onDeadlock: 'throw', warmThreads: 4, heapBytes: 2 ** 30, dump: false });
}

let current = '';
process.on('unhandledRejection', (reason) => {
  writeSync(1, `! unhandled rejection after ${current}: ${reason instanceof Error ? reason.stack : String(reason)}\n`);
  process.exit(3);
});

const chosen = [...operations.values()].filter(({ name }) => name.includes(word));
const perOperation = Math.max(1, Math.floor(Number(calls) / chosen.length));
let failures = 0;
resetSettings();
for (const operation of chosen) {
  try {
    await fc.assert(
      fc.asyncProperty(callOf(operation), async (call) => {
        current = show(call, operation);
        writeSync(1, `> ${current}\n`);
        try {
          await attempt(call, operation);
        } finally {
          if (operation.subject === null) resetSettings();
        }
      }),
      { seed: Number(seed), numRuns: perOperation },
    );
  } catch (error) {
    failures++;
    writeSync(1, `! ${(error as Error).message}\n${String((error as { cause?: Error }).cause?.message)}\n`);
  }
}
endSubjects();
writeSync(1, failures === 0 ? 'all well\n' : `${failures} operations failed\n`);
process.exitCode = failures === 0 ? 0 : 1;
