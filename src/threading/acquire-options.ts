import { mustKnow } from '../arguments.js';
import { ValueError } from '../errors.js';
import { AT_ONCE, atOnce, FOREVER, type Limit, limitOf, lockLimitOf, timeoutOf, type Wait } from '../park/limit.js';
import type { AcquireOptions } from './guard.js';

const OPTIONS = ['blocking', 'timeout', 'signal'];

/**
 * Python's rule: whoever does not want to wait cannot say for how long. `unset` is the timeout that says nothing, besides
 * undefined, null and Infinity.
 */
function limitFor(
  options: AcquireOptions | undefined,
  limitOfWait: (wait: Wait | undefined) => Limit,
  unset?: number,
): Limit {
  if (options === undefined || options === null || options === true) return FOREVER;
  if (options === false) return AT_ONCE;
  if (typeof options === 'object') {
    const { blocking } = options;
    if (blocking !== undefined && typeof blocking !== 'boolean') {
      throw new TypeError(`blocking must be true or false, not ${typeof blocking}`);
    }
    if (blocking === false) {
      if (timeoutOf(options) !== Infinity && options.timeout !== unset) {
        throw new ValueError("can't specify a timeout for a non-blocking call");
      }
      return atOnce(options);
    }
  }
  return limitOfWait(options);
}

/** The limit of Lock.acquire and RLock.acquire. */
export function lockLimit(options: AcquireOptions | undefined): Limit {
  const limit = limitFor(options, lockLimitOf, -1);
  mustKnow(options, OPTIONS, 'acquire()');
  return limit;
}

/** The limit of Semaphore.acquire. */
export function semaphoreLimit(options: AcquireOptions | undefined): Limit {
  const limit = limitFor(options, limitOf);
  mustKnow(options, OPTIONS, 'acquire()');
  return limit;
}
