import { Event } from './event.js';
import { runTarget, type Target } from './target.js';
import { Thread } from './thread.js';

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

  /** Makes a timer; `start()` begins the interval. */
  constructor(interval: number, fn: Target<never[]>, args?: unknown[] | null, kwargs?: Record<string, unknown> | null) {
    if (typeof interval !== 'number')
      throw new TypeError(`interval must be a number of milliseconds, not ${typeof interval}`);
    super();
    this.interval = interval;
    this.function = fn;
    this.args = args ?? [];
    this.kwargs = kwargs ?? {};
    this.finished = new Event();
  }

  /** Stops the timer, if it has not fired. Any thread may, at any time. */
  cancel(): void {
    this.finished.set();
  }

  /** Waits, then calls the function; in the timer's thread. */
  override run(): unknown {
    this.finished.wait(this.interval);
    if (this.finished.isSet()) return undefined;
    const named = Object.keys(this.kwargs).length > 0;
    const result = runTarget(this.function, this.args, named ? this.kwargs : undefined);
    if (!(result instanceof Promise)) {
      this.finished.set();
      return result;
    }
    return result.then((value: unknown) => {
      this.finished.set();
      return value;
    });
  }
}
