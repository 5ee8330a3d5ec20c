import { RuntimeError } from '../errors.js';
import { registerClass } from '../wire/known.js';

/** The future was cancelled. Python's `concurrent.futures.CancelledError`. */
export class CancelledError extends Error {
  /** Stable identifier of this kind of error. */
  readonly code: string = 'ERR_CANCELLED';
}

/** The future is not in a state for this call: it has a result already. Python's `concurrent.futures.InvalidStateError`. */
export class InvalidStateError extends Error {
  /** Stable identifier of this kind of error. */
  readonly code: string = 'ERR_INVALID_STATE';
}

/** The executor cannot run tasks any more, or could not run this one. Python's `concurrent.futures.BrokenExecutor`. */
export class BrokenExecutor extends RuntimeError {
  /** Stable identifier of this kind of error. */
  override readonly code: string = 'ERR_BROKEN_EXECUTOR';
}

/**
 * An initializer of the thread pool failed, or the thread that ran the task died: the message names the cause. After a
 * thread's death the pool goes on with another one. Python's `concurrent.futures.thread.BrokenThreadPool`.
 */
export class BrokenThreadPool extends BrokenExecutor {
  /** Stable identifier of this kind of error. */
  override readonly code: string = 'ERR_BROKEN_THREAD_POOL';
}

/** A process of the pool died. Python's `concurrent.futures.process.BrokenProcessPool`. */
export class BrokenProcessPool extends BrokenExecutor {
  /** Stable identifier of this kind of error. */
  override readonly code: string = 'ERR_BROKEN_PROCESS_POOL';
}

for (const [name, type] of Object.entries({
  CancelledError,
  InvalidStateError,
  BrokenExecutor,
  BrokenThreadPool,
  BrokenProcessPool,
})) {
  Object.defineProperty(type.prototype, 'name', { value: name, configurable: true, writable: true });
  registerClass(`threadwork:${name}`, type);
}
