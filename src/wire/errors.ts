/**
 * Errors: class, message, stack, cause, and whatever else they carry. Unlike other objects their members keep whether they
 * are enumerable, so that they print as they did. In a lenient message (a thread's outcome) an error always arrives: what
 * cannot be sent is left out, and a class that cannot gives way to the nearest class above it that can.
 */
import { stackOf } from '../host/stack.js';
import { writePrototype, readPrototype } from './classes.js';
import { wellKnown } from './containers.js';
import { errorClassName, knownClass } from './known.js';
import { MEMBER } from './paths.js';
import type { Reader } from './reader.js';
import { DOM_EXCEPTION, ERROR, KNOWN_CLASS, NULL } from './tags.js';
import type { Writer } from './writer.js';

const ENUMERABLE = 1;
const MORE = 2;

export function writeError(w: Writer, error: Error, prototype: object): void {
  w.reserve(error);
  w.byte(ERROR);
  writeClass(w, prototype);
  writeStack(w, error);
  writeFields(w, error, []);
}

function writeClass(w: Writer, prototype: object): void {
  for (let at: object | null = prototype; at !== null; at = Object.getPrototypeOf(at) as object | null) {
    const name = errorClassName(at);
    if (name !== undefined) {
      w.byte(KNOWN_CLASS);
      w.text(name);
      return;
    }
    if (!w.lenient) {
      writePrototype(w, at);
      return;
    }
    const mark = w.mark();
    try {
      writePrototype(w, at);
      return;
    } catch {
      w.rollback(mark);
    }
  }
  w.byte(NULL);
}

function writeStack(w: Writer, error: Error): void {
  const stack = stackOf(error);
  if (stack === undefined) w.byte(NULL);
  else w.text(stack);
}

function writeFields(w: Writer, error: object, except: readonly string[]): void {
  const depth = w.enter(MEMBER);
  for (const key of Reflect.ownKeys(error)) {
    if (key === 'stack' || except.includes(key as string)) continue;
    // Node keeps notes of its own on errors under symbols; they mean nothing elsewhere.
    if (typeof key === 'symbol' && Symbol.keyFor(key) === undefined && !wellKnown.has(key)) continue;
    w.path[depth] = key;
    const mark = w.lenient ? w.mark() : null;
    try {
      w.byte(MORE | (Object.prototype.propertyIsEnumerable.call(error, key) ? ENUMERABLE : 0));
      w.write(key);
      w.write((error as Record<string | symbol, unknown>)[key]);
    } catch (failure) {
      if (mark === null) throw failure;
      w.rollback(mark);
    }
  }
  w.depth--;
  w.byte(0);
}

/** An error object without message and stack; the class comes later. */
function blankError(): Error {
  // Where Error is frozen a stack is made for nothing.
  const limit = Error.stackTraceLimit;
  const isLimited = Reflect.set(Error, 'stackTraceLimit', 0);
  const error = new Error();
  if (isLimited) Error.stackTraceLimit = limit;
  return error;
}

export function readError(r: Reader): Error {
  const error = r.keep(blankError());
  const prototype = readPrototype(r);
  Object.setPrototypeOf(error, prototype ?? (knownClass('Error') as typeof Error).prototype);
  readStack(r, error);
  readFields(r, error);
  return error;
}

function readStack(r: Reader, error: object): void {
  const stack = r.read();
  if (typeof stack === 'string') defineStack(error, stack);
  else delete (error as Partial<Error>).stack;
}

function defineStack(error: object, stack: string): void {
  const descriptor = { value: stack, writable: true, enumerable: false, configurable: true };
  try {
    // V8 formats the stack that was there, for which a user's Error.prepareStackTrace may fail.
    Object.defineProperty(error, 'stack', descriptor);
  } catch {
    delete (error as Partial<Error>).stack;
    Object.defineProperty(error, 'stack', descriptor);
  }
}

function readFields(r: Reader, error: object): void {
  for (let flags = r.byte(); flags !== 0; flags = r.byte()) {
    const key = r.read();
    if (typeof key !== 'string' && typeof key !== 'symbol') r.damaged();
    const value = r.read();
    const enumerable = (flags & ENUMERABLE) !== 0;
    Object.defineProperty(error, key, { value, writable: true, enumerable, configurable: true });
  }
}

/** DOMException keeps name and message to itself: only its constructor can set them. */
export function writeDomException(w: Writer, error: DOMException): void {
  w.reserve(error);
  w.byte(DOM_EXCEPTION);
  w.text(error.message);
  w.text(error.name);
  writeStack(w, error as unknown as Error);
  writeFields(w, error, ['message', 'name', 'code']);
}

export function readDomException(r: Reader): DOMException {
  const message = r.text();
  const error = r.keep(new DOMException(message, r.text()));
  readStack(r, error);
  readFields(r, error);
  return error;
}

/** What `rethrown` made of a stack, so that the next one replaces it instead of adding to it. */
const composed = new WeakMap<object, { readonly remote: string; readonly stack: string }>();

/**
 * For whoever throws here what another thread threw: puts the frames of this thread above those of the other, with a line
 * between them that says where those are from. A copy that is only looked at keeps the stack it came with.
 *
 *     AccountError: the account is empty
 *         at main (file:///app/main.ts:12:20)
 *         --- in thread Thread-1 (withdraw) ---
 *         at withdraw (file:///app/account.ts:8:11)
 *
 * `from` is the other thread's name, `caller` the method that throws: the frames begin with the one that called it. Returns
 * `error`; what is no error stays as it is.
 */
export function rethrown<T>(error: T, from: string, caller: (...args: never[]) => unknown): T {
  if (typeof error !== 'object' || error === null) return error;
  const stack = stackOf(error);
  if (stack === undefined) return error;
  const before = composed.get(error);
  const remote = before?.stack === stack ? before.remote : stack;
  const here = {};
  Error.captureStackTrace(here, caller);
  const above = stackOf(here) ?? '';
  const frames = above.slice(headLength(above));
  const length = headLength(remote);
  const whole = `${remote.slice(0, length)}${frames}\n    --- in thread ${from} ---${remote.slice(length)}`;
  const written = Reflect.defineProperty(error, 'stack', {
    value: whole,
    writable: true,
    enumerable: false,
    configurable: true,
  });
  if (written) composed.set(error, { remote, stack: whole });
  return error;
}

/** Length of what stands in front of a stack's first frame: class and message, which may have several lines. */
function headLength(stack: string): number {
  const found = /\n {4}(?:at |--- in thread )/.exec(stack);
  return found === null ? stack.length : found.index;
}
