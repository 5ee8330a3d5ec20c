/**
 * How an uncaught error looks on stderr: the stack first and what happened last, as Python prints it, so that the last line
 * says it all.
 */
import { inspect } from 'node:util';
import { libraryRoot } from '../host/entry-points.js';

const FRAME = /^\s+at /;

function isErrorLike(value: unknown): value is Error {
  return value instanceof Error || (typeof value === 'object' && value !== null && typeof (value as Error).stack === 'string');
}

/** The error's frames, then its class and message; the causes before it, each with a line that says how they belong together. */
export function formatError(value: unknown, depth = 0): string {
  if (!isErrorLike(value)) return `Uncaught ${inspect(value)}`;
  const frames = userFrames(value.stack);
  const message = `${nameOf(value)}${value.message === '' ? '' : `: ${value.message}`}`;
  const own = [...frames, message].join('\n');
  if (value.cause === undefined || depth > 8) return own;
  return `${formatError(value.cause, depth + 1)}\n\nThe above error was the direct cause of the following one:\n\n${own}`;
}

/** The stack's frames down to the thread's target: what the library and Node did to call that is left out. */
function userFrames(stack: unknown): string[] {
  const frames = String(stack ?? '')
    .split('\n')
    .filter((line) => FRAME.test(line));
  const isInner = (line: string) => line.includes(libraryRoot) || /\(?node:internal\//.test(line) || line.includes('(node:');
  let end = frames.length;
  while (end > 0 && isInner(frames[end - 1])) end--;
  // An error inside the library is shown whole.
  return end === 0 ? frames : frames.slice(0, end);
}

function nameOf(error: Error): string {
  const { name } = error;
  const type = error.constructor?.name;
  // A subclass that did not set its name is still to be told apart.
  return (name === 'Error' || name === undefined) && type !== undefined && type !== '' ? type : name;
}
