/**
 * What is said about arguments that cannot be.
 */
import { types } from 'node:util';

const SHOWN_LENGTH = 40;

/** A value in an error's message. Runs no code of the value's: it may be anything. */
export function told(value: unknown): string {
  if (typeof value === 'string')
    return JSON.stringify(value.length > SHOWN_LENGTH ? `${value.slice(0, SHOWN_LENGTH)}…` : value);
  if (typeof value === 'symbol') return 'a symbol';
  if (typeof value === 'function') return 'a function';
  if (typeof value === 'object' && value !== null) return 'an object';
  return String(value);
}

/** `value` as a text, as Python's str() would have it; TypeError for nothing and for objects, whose text means nothing. */
export function textOf(value: unknown, what: string): string {
  if (typeof value === 'string') return value;
  if (value === undefined || typeof value === 'object' || typeof value === 'function')
    throw new TypeError(`${what} must be a text, not ${told(value)}`);
  return String(value);
}

/** `noun` with its article: `an Event`, `a Lock`. */
export function withArticle(noun: string): string {
  return `${/^(?:[AEIOaeio]|RW?Lock)/.test(noun) ? 'an' : 'a'} ${noun}`;
}

/** Throws a TypeError unless `value` can be called; `what` takes it. */
export function mustBeCallable(value: unknown, what: string): void {
  if (typeof value !== 'function') throw new TypeError(`${what} takes a function, not ${told(value)}`);
}

/**
 * Throws a TypeError if a function that must be synchronous returned a promise. Only a promise proper, as async functions return
 * them: other things with a `then`, such as a Future, may be meant. What becomes of the promise is no news after that.
 */
export function mustNotBePromise(result: unknown, message: string): void {
  if (typeof result !== 'object' || !types.isPromise(result)) return;
  result.then(undefined, () => undefined);
  throw new TypeError(message);
}

/** Throws a TypeError unless `value` can be iterated over; `what` takes it. */
export function mustBeIterable(value: unknown, what: string): void {
  if (value !== null && typeof (value as Partial<Iterable<unknown>> | undefined)?.[Symbol.iterator] === 'function')
    return;
  throw new TypeError(`${what} takes an iterable, not ${told(value)}`);
}

/** Throws a TypeError unless `value` is what options come in: an object with no other than the known names, or nothing. */
export function mustBeOptions(value: unknown, known: readonly string[], what: string): void {
  if (value === undefined) return;
  if (typeof value !== 'object') throw new TypeError(`${what} takes an object of options, not ${told(value)}`);
  mustKnow(value, known, what);
}

/**
 * Throws a TypeError if `options`, where that is an object, has another name than `what` knows: passed over, it would
 * mean something that nobody wrote. Allocates nothing.
 */
export function mustKnow(options: unknown, known: readonly string[], what: string): void {
  if (typeof options !== 'object') return;
  for (const name in options) {
    if (known.includes(name) || isOfAllObjects(options as object, name)) continue;
    throw new TypeError(`${what} has no option ${name}: it takes ${known.join(', ')}`);
  }
}

/** Whether somebody has added `name` to Object.prototype, of whatever realm. */
function isOfAllObjects(object: object, name: string): boolean {
  let holder: object | null = object;
  while (holder !== null && !Object.hasOwn(holder, name)) holder = Object.getPrototypeOf(holder) as object | null;
  return holder !== object && (holder === null || Object.getPrototypeOf(holder) === null);
}
