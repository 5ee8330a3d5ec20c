/**
 * Limits: how long a call may wait. `Wait` is what users pass; a Limit is the same with an absolute deadline, made once per
 * call, so that a timeout is a budget for the whole call however often it wakes and sleeps.
 */
import { mustKnow, told } from '../arguments.js';
import { OverflowError, ValueError } from '../errors.js';
import { isHandle } from '../heap/handle.js';
import { clock } from '../host/clock.js';

/**
 * How long a call may wait: a number of milliseconds, or an object with a timeout and, for the async forms, an AbortSignal.
 * undefined, null and Infinity mean without limit.
 *
 * @example
 * event.wait(500);
 * await event.waitAsync({ timeout: 500, signal: controller.signal });
 */
export type Wait = number | null | WaitOptions;

/** The long form of {@link Wait}. */
export interface WaitOptions {
  /** Milliseconds for the whole call; undefined, null and Infinity mean without limit. */
  timeout?: number | null | undefined;
  /** Rejects the async forms with `signal.reason`; the blocking forms look at it once, on entry. */
  signal?: AbortSignal | undefined;
}

/**
 * Largest timeout that a Lock or RLock takes, in ms; more is an OverflowError. Python's `threading.TIMEOUT_MAX`
 * (9223372036 s) in our unit.
 */
export const TIMEOUT_MAX = 9_223_372_036_000;

export interface Limit {
  /** On the scale of `clock()`; Infinity: none. */
  readonly until: number;
  readonly signal: AbortSignal | undefined;
  /** An asynchronous wait that must not keep the process alive. */
  readonly background?: boolean;
  /** A blocking wait of a caller who holds what others need: the thread serves nobody meanwhile (summons.ts). */
  readonly undisturbed?: boolean;
}

export const FOREVER: Limit = { until: Infinity, signal: undefined };
/** For calls that answer at once. */
export const AT_ONCE: Limit = { until: -Infinity, signal: undefined };

/** The timeout in `wait`, in ms; Infinity when there is none. */
export function timeoutOf(wait: Wait | undefined): number {
  const long = typeof wait === 'object' && wait !== null;
  if (long) mustBeLongForm(wait);
  const timeout = long ? wait.timeout : wait;
  if (timeout === undefined || timeout === null) return Infinity;
  if (typeof timeout !== 'number')
    throw new TypeError(`timeout must be a number of milliseconds, not ${told(timeout)}`);
  if (Number.isNaN(timeout)) throw new ValueError('timeout is NaN; it must be a number of milliseconds');
  return timeout;
}

/** A signal by itself, or an array, has no timeout: what was meant as a limit would wait for ever. */
export function mustBeLongForm(wait: object): void {
  if (!isHandle(wait)) {
    if ('timeout' in wait || 'signal' in wait) return;
    // Plain, whatever realm it comes from.
    const prototype: unknown = Object.getPrototypeOf(wait);
    if (prototype === null || Object.getPrototypeOf(prototype) === null) return;
  }
  const hint = wait instanceof AbortSignal ? ': write { signal }' : '';
  throw new TypeError(
    `a wait takes a number of milliseconds or { timeout, signal }, not ${told(wait)} of another kind${hint}`,
  );
}

function signalOf(wait: Wait | undefined): AbortSignal | undefined {
  const signal = typeof wait === 'object' && wait !== null ? wait.signal : undefined;
  if (signal === undefined || signal === null) return undefined;
  if (
    typeof signal !== 'object' ||
    typeof signal.addEventListener !== 'function' ||
    typeof signal.aborted !== 'boolean'
  ) {
    throw new TypeError('signal must be an AbortSignal');
  }
  if (signal.aborted) throw signal.reason;
  return signal;
}

const WAIT_OPTIONS = ['timeout', 'signal'];

/**
 * The limit of a call where a negative timeout means "do not wait" (Event, Condition, Semaphore, Thread.join …). `what` is the
 * call, unless that has looked at the options' names itself.
 */
export function limitOf(wait: Wait | undefined, what?: string): Limit {
  if (wait === undefined || wait === null) return FOREVER;
  const timeout = timeoutOf(wait);
  if (typeof wait === 'object' && what !== undefined) mustKnow(wait, WAIT_OPTIONS, what);
  const signal = signalOf(wait);
  if (timeout === Infinity) return signal === undefined ? FOREVER : { until: Infinity, signal };
  return { until: timeout <= 0 ? -Infinity : clock() + timeout, signal };
}

/** The limit of a call that is not to wait: its signal is looked at all the same. */
export function atOnce(wait: WaitOptions): Limit {
  signalOf(wait);
  return AT_ONCE;
}

/** The limit of a Lock's or RLock's acquire: -1 means for ever as in Python, other negative timeouts are ValueErrors. */
export function lockLimitOf(wait: Wait | undefined): Limit {
  const timeout = timeoutOf(wait);
  if (timeout === -1) return limitOf({ signal: signalOf(wait) });
  if (timeout < 0) throw new ValueError(`timeout is ${timeout}; it must not be negative`);
  if (timeout > TIMEOUT_MAX && timeout !== Infinity) {
    throw new OverflowError(`timeout is ${timeout} ms; the largest is TIMEOUT_MAX, ${TIMEOUT_MAX}`);
  }
  return limitOf(wait);
}

/** Throws the reason of the limit's signal if that has fired. */
export function throwIfAborted(limit: Limit): void {
  if (limit.signal?.aborted === true) throw limit.signal.reason;
}

/** Milliseconds in `n` seconds: `sleep(seconds(2))`. */
export function seconds(n: number): number {
  if (typeof n !== 'number') throw new TypeError(`seconds() takes a number, not ${told(n)}`);
  return n * 1000;
}
