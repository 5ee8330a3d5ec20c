/**
 * How an uncaught error looks on stderr: the stack first and what happened last, as Python prints it, so that the last line
 * says it all.
 */
import { inspect } from 'node:util';

const FRAME = /^\s+at /;

function isErrorLike(value: unknown): value is Error {
  return value instanceof Error || (typeof value === 'object' && value !== null && typeof (value as Error).stack === 'string');
}

/** The error's frames, then its class and message; the causes before it, each with a line that says how they belong together. */
export function formatError(value: unknown, depth = 0): string {
  if (!isErrorLike(value)) return `Uncaught ${inspect(value)}`;
  const frames = String(value.stack ?? '')
    .split('\n')
    .filter((line) => FRAME.test(line));
  const message = `${nameOf(value)}${value.message === '' ? '' : `: ${value.message}`}`;
  const own = [...frames, message].join('\n');
  if (value.cause === undefined || depth > 8) return own;
  return `${formatError(value.cause, depth + 1)}\n\nThe above error was the direct cause of the following one:\n\n${own}`;
}

function nameOf(error: Error): string {
  const { name } = error;
  const type = error.constructor?.name;
  // A subclass that did not set its name is still to be told apart.
  return (name === 'Error' || name === undefined) && type !== undefined && type !== '' ? type : name;
}
