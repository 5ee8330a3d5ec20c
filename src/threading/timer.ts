import { told } from '../arguments.js';
import { ValueError } from '../errors.js';
import { Event } from './event.js';
import { isModuleTarget, isThenable, mustBeNamed, runTarget, type Target } from './target.js';
import { Thread } from './thread.js';

function mustBeTimer(timer: unknown): void {
  if (!(timer instanceof Timer)) throw new TypeError('a method of Timer was called on something else');
}

/**
 * A thread that calls a function after a time, unless it is cancelled before. Python's `threading.Timer`.
 *
 * @example
 * const timer = new Timer(30_000, () => console.log('hello, world'));
 * timer.start(); // after 30 seconds, "hello, world" is printed
 */
export class Timer extends Thread {
  /** How long it waits, in ms; negative: not at all. */
  interval: number;
  /** What it calls. */
  function: Target<never[]>;
  /** With these arguments. */
  args: unknown[];
  /** And this one last, if it has any members. */
  kwargs: Record<string, unknown>;
  /** Set when the timer has fired or was cancelled. */
  readonly finished: Event;

  /**
   * Makes a timer; `start()` begins the interval.
   *
   * @throws TypeError when the interval is no number, `fn` no function, `args` no array; ValueError for NaN.
   */
  constructor(interval: number, fn: Target<never[]>, args?: unknown[] | null, kwargs?: Record<string, unknown> | null) {
    if (typeof interval !== 'number')
      throw new TypeError(`interval must be a number of milliseconds, not ${typeof interval}`);
    if (Number.isNaN(interval)) throw new ValueError('interval is NaN; it must be a number of milliseconds');
    if (typeof fn !== 'function' && !isModuleTarget(fn))
      throw new TypeError(`a Timer calls a function or { module, name }, not ${told(fn)}`);
    if (args !== undefined && args !== null && !Array.isArray(args)) throw new TypeError('args must be an array');
    mustBeNamed(kwargs);
    super();
    this.interval = interval;
    this.function = fn;
    this.args = args ?? [];
    this.kwargs = kwargs ?? {};
    this.finished = new Event();
  }

  /** Stops the timer, if it has not fired. Any thread may, at any time. */
  cancel(): void {
    mustBeTimer(this);
    this.finished.set();
  }

  /** Waits, then calls the function; in the timer's thread. */
  override run(): unknown {
    mustBeTimer(this);
    this.finished.wait(this.interval);
    if (this.finished.isSet()) return undefined;
    const named = Object.keys(this.kwargs).length > 0;
    const result = runTarget(this.function, this.args, named ? this.kwargs : undefined);
    if (!isThenable(result)) {
      this.finished.set();
      return result;
    }
    return Promise.resolve(result).then((value: unknown) => {
      this.finished.set();
      return value;
    });
  }
}
