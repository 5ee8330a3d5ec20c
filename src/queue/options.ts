import { mustKnow } from '../arguments.js';
import { ValueError } from '../errors.js';
import {
  AT_ONCE,
  atOnce,
  FOREVER,
  type Limit,
  limitOf,
  mustBeLongForm,
  timeoutOf,
  type WaitOptions,
} from '../park/limit.js';

/**
 * How `put()` and `get()` wait: nothing (for ever), `false` (not at all), a number of milliseconds, or an object.
 */
export type QueueOptions = boolean | number | null | (WaitOptions & { block?: boolean | undefined });

const OPTIONS = ['block', 'timeout', 'signal'];

/** Throws a TypeError for options that `put()` and `get()` do not have. */
export function mustBeQueueOptions(options: QueueOptions | undefined, what: string): void {
  if (typeof options === 'object' && options !== null) mustBeLongForm(options);
  mustKnow(options, OPTIONS, what);
}

/** Whether the call is not to wait. Python then does not look at the timeout. */
function isNonBlocking(options: QueueOptions): boolean {
  if (typeof options !== 'object' || options === null) return options === false;
  const { block } = options;
  if (block !== undefined && typeof block !== 'boolean') {
    throw new TypeError(`block must be true or false, not ${typeof block}`);
  }
  return block === false;
}

/** The limit of a call that may have to wait. A negative timeout is a ValueError, whether it has to or not. */
export function queueLimit(options: QueueOptions | undefined): Limit {
  if (options === undefined || options === null || options === true) return FOREVER;
  if (isNonBlocking(options)) return typeof options === 'object' ? atOnce(options) : AT_ONCE;
  const wait = options as number | WaitOptions;
  if (timeoutOf(wait) < 0) throw new ValueError("'timeout' must be a non-negative number");
  return limitOf(wait);
}

/** The limit of a call that never waits: a timeout is not even looked at, a signal is. */
export function noLimit(options: QueueOptions | undefined): Limit {
  if (typeof options !== 'object' || options === null) return FOREVER;
  mustBeLongForm(options);
  return limitOf({ signal: options.signal });
}
