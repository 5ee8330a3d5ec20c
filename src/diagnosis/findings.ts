/**
 * What debug mode has to say: each finding once in the process, whichever thread comes upon it.
 */
import { allocate, free } from '../heap/allocator.js';
import { Control } from '../heap/layout.js';
import { i32 } from '../heap/memory.js';
import { loadBuiltin } from '../host/worker.js';
import { latch, unlatch } from '../park/latch.js';
import { writeError } from '../supervisor/output.js';
import { flushOutput } from '../supervisor/thread-output.js';

/** A finding that was told, in a list in the heap: the next one, and the hash of what tells it from others. */
const Told = { NEXT: 0, HASH: 1, WORDS: 4 } as const;

/** Whether nobody has told of this yet; from now on somebody has. */
function isNew(mark: string): boolean {
  const { createHash } = loadBuiltin('node:crypto') as typeof import('node:crypto');
  const digest = createHash('sha1').update(mark).digest();
  const told = allocate(Told.WORDS * 4);
  const [a, b] = [digest.readInt32LE(0), digest.readInt32LE(4)];
  i32[told + Told.HASH] = a;
  i32[told + Told.HASH + 1] = b;
  latch(Control.DEBUG_LATCH);
  const first = i32[Control.FINDINGS];
  let known = first;
  while (known !== 0 && (i32[known + Told.HASH] !== a || i32[known + Told.HASH + 1] !== b)) known = i32[known];
  if (known === 0) {
    i32[told + Told.NEXT] = first;
    i32[Control.FINDINGS] = told;
  }
  unlatch(Control.DEBUG_LATCH);
  if (known !== 0) free(told);
  return known === 0;
}

/** Tells of a finding, unless somebody has told of one that has one of these marks in common with it. */
export function tell(text: string, ...marks: readonly string[]): void {
  if (marks.map(isNew).includes(false)) return;
  flushOutput();
  writeError(`${text}\n`);
}
