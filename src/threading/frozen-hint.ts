/**
 * Captured values are frozen copies, so that writing to one throws instead of silently diverging. The engine's TypeError
 * does not say so; an uncaught one gets the explanation, with the variable's name where that can be told.
 */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { frozenOriginOf } from '../wire/frozen.js';

/** V8's words for a write that a frozen object refused, and ours for Map, Set and Date. */
const REFUSED = /read only property|not extensible|Cannot delete property|Cannot redefine property|Cannot \w+ a frozen /;

/** Adds what to do to a TypeError that came from writing to a frozen object. */
export function explainFrozen(error: unknown): void {
  if (!(error instanceof TypeError) || !REFUSED.test(error.message)) return;
  const name = frozenOriginOf(error) ?? rootAtTop(error.stack ?? '');
  const what = name === undefined ? 'what a thread captures is' : `\`${name}\` is`;
  const hint = `${what} a frozen copy in this thread: use shared(…) or an Atomic, or pass it in args`;
  const { message } = error;
  error.message = `${message} (${hint})`;
  // The stack was formatted when the error was made.
  if (error.stack !== undefined) error.stack = error.stack.replace(message, () => error.message);
}

/** The variable at the beginning of the expression that the topmost frame in a file points at. */
function rootAtTop(stack: string): string | undefined {
  const frame = /(file:\/\/[^\s()]+|\/[^\s():]+):(\d+):(\d+)/.exec(stack);
  if (frame === null) return undefined;
  try {
    const path = frame[1].startsWith('file:') ? fileURLToPath(frame[1]) : frame[1];
    const line = readFileSync(path, 'utf8').split('\n')[Number(frame[2]) - 1] ?? '';
    // The column is that of the member: what stands before it, back to the root, and the member itself.
    const before = line.slice(0, Number(frame[3]) - 1);
    const root = /([A-Za-z_$][\w$]*)(?:\.[\w$]+|\[[^\]]*\])*\.?$/.exec(before) ?? /^([A-Za-z_$][\w$]*)/.exec(line.slice(before.length));
    return root?.[1];
  } catch {
    return undefined;
  }
}
