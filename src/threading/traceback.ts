/**
 * How an uncaught error looks on stderr: the stack first and what happened last, as Python prints it, so that the last line
 * says it all.
 */
import { inspect } from 'node:util';
import { FRAME, isInner, stackOf } from '../host/stack.js';

const FROM_THREAD = /^ {4}--- in thread .* ---$/;

function isErrorLike(value: unknown): value is Error {
  return value instanceof Error || (typeof value === 'object' && value !== null && stackOf(value) !== undefined);
}

/**
 * The error's frames, then its class and message. Before it its cause, and the errors that it gathers, with a line that
 * says how they belong together; each is shown once.
 */
export function formatError(value: unknown, shown = new Set<unknown>()): string {
  if (!isErrorLike(value)) return `Uncaught ${inspect(value)}`;
  shown.add(value);
  const parts: string[] = [];
  const { cause, errors } = value as AggregateError;
  if (cause !== undefined && !shown.has(cause)) {
    parts.push(formatError(cause, shown), 'The above error was the direct cause of the following one:');
  }
  const gathered = Array.isArray(errors) ? errors.filter((error) => !shown.has(error)) : [];
  if (gathered.length > 0) {
    const count = gathered.length === 1 ? 'error is' : `${gathered.length} errors are`;
    parts.push(
      ...gathered.map((error) => formatError(error, shown)),
      `The above ${count} gathered in the following one:`,
    );
  }
  const message = `${nameOf(value)}${value.message === '' ? '' : `: ${value.message}`}`;
  return [...parts, [...userFrames(stackOf(value)), message].join('\n')].join('\n\n');
}

/**
 * The stack's frames down to the thread's target: what the library and Node did to call that is left out. A stack that
 * passed through several threads (wire/errors.ts) has a part for each.
 */
function userFrames(stack = ''): string[] {
  const parts: string[][] = [[]];
  for (const line of stack.split('\n')) {
    if (FROM_THREAD.test(line)) parts.push([line]);
    else if (FRAME.test(line)) parts[parts.length - 1].push(line);
  }
  return parts.flatMap(withoutInnerEnd);
}

function withoutInnerEnd(frames: readonly string[]): readonly string[] {
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
