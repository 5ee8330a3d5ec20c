import { writeSync } from 'node:fs';

/** What a test file tells the runner, one JSON line each on file descriptor 3: its stdout belongs to the code under test. */
export type Note =
  | { kind: 'start'; name: string }
  | { kind: 'pass' | 'skip'; name: string; ms: number }
  | { kind: 'fail'; name: string; ms: number; error: string }
  | { kind: 'end' };

interface TestEvent {
  type: string;
  data: {
    name: string;
    nesting: number;
    skip?: boolean | string;
    todo?: boolean | string;
    details: { duration_ms: number; error?: Error & { failureType?: string; cause?: unknown } };
  };
}

/**
 * A reporter for node:test that counts leaf tests only. A test's subtests are reported before it does, one nesting level deeper:
 * what was reported at level n + 1 since the last report at level n belongs to the next one at level n.
 */
export default async function* report(events: AsyncIterable<TestEvent>): AsyncGenerator<never> {
  const names: string[] = []; // of the tests under way, by nesting
  let deepest = 0; // nesting of the event before
  for await (const { type, data } of events) {
    if (type === 'test:dequeue' || type === 'test:start') {
      names.length = data.nesting;
      names[data.nesting] = data.name;
      if (type === 'test:dequeue') tell({ kind: 'start', name: names.join(' › ') });
    }
    if (type !== 'test:pass' && type !== 'test:fail') continue;
    const isParent = deepest > data.nesting;
    deepest = data.nesting;
    const name = [...names.slice(0, data.nesting), data.name].join(' › ');
    const ms = data.details.duration_ms;
    const { error } = data.details;
    const isSkipped = data.skip !== undefined || data.todo !== undefined;
    // A parent fails along with its children: that says nothing new. A failure of its own body or hooks does.
    if (type === 'test:fail' && !isSkipped && !(isParent && error?.failureType === 'subtestsFailed')) {
      tell({ kind: 'fail', name, ms, error: describe(error) });
    } else if (!isParent && !isFilteredOut(data.skip)) {
      tell({ kind: isSkipped ? 'skip' : 'pass', name, ms });
    }
  }
  tell({ kind: 'end' });
}

/** Node 20 reports what a name pattern leaves out as skipped, with this reason. */
function isFilteredOut(skip: boolean | string | undefined): boolean {
  return typeof skip === 'string' && skip.startsWith('test name does not match');
}

function describe(error: (Error & { cause?: unknown }) | undefined): string {
  const thrown = error?.cause ?? error; // node:test wraps what the test threw
  if (!(thrown instanceof Error)) return String(thrown);
  let text = thrown.stack ?? String(thrown);
  for (let cause = thrown.cause; cause instanceof Error; cause = cause.cause)
    text += `\ncaused by ${cause.stack ?? String(cause)}`;
  return text;
}

function tell(note: Note): void {
  writeSync(3, `${JSON.stringify(note)}\n`);
}
