/**
 * One call with whatever arguments, and what must hold after it: only documented errors came out, a call that was refused has
 * changed nothing, and the object still works.
 */
import assert from 'node:assert/strict';
import { isDeepStrictEqual } from 'node:util';
import * as library from 'threadwork';
import { HOSTILE, Hostility, UNLIMITED, USUAL, valueOf } from './hostile.js';
import type { Operation } from './operations.js';
import { SUBJECTS } from './subjects.js';

/** An argument: the name of a value, or of one in an option field. */
export type Argument = string | { readonly option: number; readonly value: string };

/** A call, as data: fast-check makes and shrinks these. */
export interface Call {
  readonly operation: string;
  /** The object: one of its class, by number; or the name of a hostile value. */
  readonly self: number | string;
  readonly args: readonly Argument[];
}

/** How long calls wait that may. */
const SHORT_MS = 2;
/** How long a promise may stay pending: beyond this it is not asked any more. */
const PENDING_MS = 30;
const MAY_STAY_PENDING = /prototype\.(?:then|catch|finally|nextAsync)$/;

/** What the engine says when code of the library stumbles, instead of saying what was wrong. */
const STUMBLED =
  /Cannot read|Cannot set|Cannot destructure|Cannot convert|Cannot mix|Cannot assign|Cannot create property|Cannot add property|Cannot define|Cannot use 'in'|Cannot access|is not a function|is not iterable|is not a constructor|is not an object|is not defined|is not extensible|incompatible receiver|called on (?:null|undefined)|Invalid array length|Invalid typed array|offset is out of bounds|Invalid string length|Invalid count|out of bounds|Maximum call stack|unreachable|undefined \(reading|Private field|Object prototype may only be|Reflect\.|NaN cannot be converted|Array buffer allocation|circular/;

const OWN = (Object.values(library) as unknown[]).filter(
  (value): value is new () => Error => typeof value === 'function' && value.prototype instanceof Error,
);

/** Errors that mean: not accepted, nothing happened. */
function isRefusal(error: unknown): boolean {
  return error instanceof TypeError || error instanceof RangeError;
}

/** Whether users are told to expect it. */
export function isDocumented(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  // By name: what went through another thread is an error of a class of its own.
  if (error.name === Hostility.name) return true;
  // What a hostile value does by itself: JavaScript says it in these words, whoever touches it.
  if (/^Cannot perform '\w+' on a proxy that has been revoked|^'\w+' on proxy/.test(error.message)) return true;
  if (error.message === 'failed' || error.message === 'passed on' || error.name === 'AbortError') return true;
  // … or about iterators that are none.
  if (/^(?:Result of the Symbol\.iterator method|Iterator result .*) is not an object$/.test(error.message))
    return true;
  if (STUMBLED.test(error.message)) return false;
  return isRefusal(error) || OWN.some((type) => error instanceof type);
}

/** How a call reads in a report. */
export function show({ operation, self, args }: Call, { options }: Operation): string {
  const shown = args.map((arg) =>
    typeof arg === 'string' ? arg : `{ ${options[arg.option % options.length]}: ${arg.value} }`,
  );
  const object = typeof self === 'string' ? ` on ${self}` : '';
  return `${operation}(${shown.join(', ')})${object}`;
}

function argumentsOf(call: Call, operation: Operation): unknown[] {
  const made = call.args.map((arg) => {
    if (typeof arg === 'string') return valueOf(arg);
    return operation.options.length === 0
      ? valueOf(arg.value)
      : { [operation.options[arg.option % operation.options.length]]: valueOf(arg.value) };
  });
  const { waits } = operation;
  if (waits < 0) return made;
  while (made.length <= waits) made.push(undefined);
  const limit = call.args[waits];
  if (limit === undefined || (typeof limit === 'string' && (UNLIMITED.has(limit) || USUAL[limit] !== undefined))) {
    made[waits] = SHORT_MS;
  } else if (typeof limit === 'object') {
    const [[key, value]] = Object.entries(made[waits] as object) as [[string, unknown]];
    if (key !== 'timeout') made[waits] = { timeout: SHORT_MS, [key]: value };
    else if (UNLIMITED.has(limit.value) || USUAL[limit.value] !== undefined) made[waits] = { timeout: SHORT_MS };
  }
  return made;
}

const NEVER = Symbol('still pending');

async function settled(value: PromiseLike<unknown>, mayPend: boolean): Promise<unknown> {
  if (!mayPend) return await value;
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<unknown>((resolve) => {
    timer = setTimeout(() => resolve(NEVER), PENDING_MS);
  });
  try {
    return await Promise.race([value, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** Gives up what a call has taken. */
function undo(self: unknown, operation: Operation, result: unknown): void {
  if (result instanceof library.Guard) result.release();
  else if (result === true && /\.acquire(?:Async)?$/.test(operation.name)) (self as library.Lock).release();
}

/** Makes the call. Throws an AssertionError that says what was wrong with what came of it. */
export async function attempt(call: Call, operation: Operation, given?: unknown): Promise<void> {
  const subject = operation.subject === null ? undefined : SUBJECTS[operation.subject];
  const own = given !== undefined || typeof call.self === 'number';
  const self =
    given ??
    (typeof call.self === 'number' ? subject?.make[call.self % (subject.make.length || 1)]() : valueOf(call.self));
  const alone = given === undefined;
  const args = argumentsOf(call, operation);
  const watched = alone && own && subject !== undefined;
  const state = watched ? subject.state : undefined;
  const before = state?.(self as never);
  let error: unknown;
  try {
    let result = operation.call(self, args);
    if (result instanceof Promise || result instanceof library.Future)
      result = await settled(result, !(result instanceof Promise) || MAY_STAY_PENDING.test(operation.name));
    undo(self, operation, result);
  } catch (thrown) {
    // What was given to be thrown, by this call or, on a future that others settle too, by another: it may be anything.
    const passedOn = /\.throw(?:Async)?$/.test(operation.name) || (!alone && operation.subject === 'Future');
    if (!passedOn) error = thrown;
    if (!passedOn && !isDocumented(thrown))
      assert.fail(`${show(call, operation)} threw ${thrown instanceof Error ? thrown.stack : String(thrown)}`);
  }
  if (!watched) return;
  if (isRefusal(error) && state !== undefined) {
    const after = state(self as never);
    if (!isDeepStrictEqual(before, after))
      assert.fail(
        `${show(call, operation)} was refused (${String(error)}), but changed the object from ${JSON.stringify(before)} to ${JSON.stringify(after)}`,
      ); // prettier-ignore
  }
  try {
    subject.probe?.(self as never);
  } catch (broken) {
    assert.fail(`after ${show(call, operation)} the object does not work: ${(broken as Error).stack}`);
  }
}

/** Names of all values. */
export const VALUES: readonly string[] = [...Object.keys(HOSTILE), ...Object.keys(USUAL)];
