/**
 * The errors of Threadwork. Names are Python's; each carries a stable `code` for programs that branch on it.
 */

/** A value that the operation does not accept, such as a negative timeout. Python's `ValueError`; here also a `RangeError`. */
export class ValueError extends RangeError {
  /** Stable identifier of this kind of error. */
  readonly code: string = 'ERR_VALUE';
}

/** A number beyond what the operation can hold, such as a timeout above `TIMEOUT_MAX`. Python's `OverflowError`. */
export class OverflowError extends RangeError {
  /** Stable identifier of this kind of error. */
  readonly code: string = 'ERR_OVERFLOW';
}

/** The object is not in a state for this call: releasing a free lock, starting a thread twice. Python's `RuntimeError`. */
export class RuntimeError extends Error {
  /** Stable identifier of this kind of error. */
  readonly code: string = 'ERR_RUNTIME';
}

/** The time given to a call ran out. Python's `TimeoutError`; one class for the whole library. */
export class TimeoutError extends Error {
  /** Stable identifier of this kind of error. */
  readonly code: string = 'ERR_TIMEOUT';
}

/** The barrier was broken by a timeout, an abort, a reset or a failing action. Python's `threading.BrokenBarrierError`. */
export class BrokenBarrierError extends RuntimeError {
  /** Stable identifier of this kind of error. */
  override readonly code: string = 'ERR_BROKEN_BARRIER';
}

/** A value that cannot travel to another thread; the message names the path to it and what to do instead. */
export class NotSendableError extends TypeError {
  /** Stable identifier of this kind of error. */
  readonly code: string = 'ERR_NOT_SENDABLE';
}

/** A function that cannot travel to another thread; the message names the variable, its place and the remedy. */
export class CaptureError extends NotSendableError {
  /** Stable identifier of this kind of error. */
  override readonly code: string = 'ERR_CAPTURE';
}

/** Thrown into a thread that would wait forever. No Python counterpart: there the program hangs. */
export class DeadlockError extends RuntimeError {
  /** Stable identifier of this kind of error. */
  override readonly code: string = 'ERR_DEADLOCK';
}

/**
 * The thread that held this lock died without releasing it. The caller **holds the lock now** and decides whether the data
 * behind it can still be trusted.
 */
export class AbandonedError extends RuntimeError {
  /** Stable identifier of this kind of error. */
  override readonly code: string = 'ERR_ABANDONED';
}

/** There is no item in the queue now, or none came in time. Python's `queue.Empty`. */
export class Empty extends Error {
  /** Stable identifier of this kind of error. */
  readonly code: string = 'ERR_QUEUE_EMPTY';
}

/** There is no room in the queue now, or none came in time. Python's `queue.Full`. */
export class Full extends Error {
  /** Stable identifier of this kind of error. */
  readonly code: string = 'ERR_QUEUE_FULL';
}

/** The queue was shut down: nothing can be put any more, or nothing is left to get. Python's `queue.ShutDown`. */
export class ShutDown extends Error {
  /** Stable identifier of this kind of error. */
  readonly code: string = 'ERR_QUEUE_SHUT_DOWN';
}

/** The shared heap is full. The operation that needed memory changed nothing; `configure({ heapBytes })` reserves more. */
export class HeapExhaustedError extends Error {
  /** Stable identifier of this kind of error. */
  readonly code: string = 'ERR_HEAP_EXHAUSTED';
}

/** What `exit()` throws to end a thread silently. Python's `SystemExit`. */
export class SystemExit extends Error {
  /** Stable identifier of this kind of error. */
  readonly code: string = 'ERR_SYSTEM_EXIT';
}

// The names are part of the interface and must survive minifiers; a prototype property keeps instances free of own `name`s.
for (const [name, type] of Object.entries({
  ValueError,
  OverflowError,
  RuntimeError,
  TimeoutError,
  BrokenBarrierError,
  NotSendableError,
  CaptureError,
  DeadlockError,
  AbandonedError,
  Empty,
  Full,
  ShutDown,
  HeapExhaustedError,
  SystemExit,
})) {
  Object.defineProperty(type.prototype, 'name', { value: name, configurable: true, writable: true });
}
