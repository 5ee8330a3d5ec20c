import { inspect } from 'node:util';
import { ADDRESS, defineHandle, Handle } from '../heap/handle.js';
import { defineRecord, newRecord, ofType } from '../heap/records.js';
import { block, blockAsync } from '../park/drive.js';
import * as flag from '../park/flag.js';
import { limitOf, type Wait } from '../park/limit.js';
import { inTurn } from '../park/turns.js';
import { EVENT_TYPE } from './types.js';

defineRecord(EVENT_TYPE, { label: 'Event' });

const signals = new WeakMap<Event, AbortSignal>();

function at(event: Handle): number {
  return ofType(event?.[ADDRESS], EVENT_TYPE);
}

/**
 * A flag that threads wait for. Python's `threading.Event`.
 *
 * @example
 * const stop = new Event();
 * const worker = new Thread({ target: () => { while (!stop.wait(1000)) tick(); } });
 * stop.set();
 */
export class Event extends Handle {
  /** Makes an event whose flag is down. */
  constructor() {
    super(newRecord(EVENT_TYPE, flag.FLAG_WORDS));
  }

  /** Whether the flag is up. */
  isSet(): boolean {
    return flag.isUp(at(this));
  }

  /** Raises the flag; all who wait go on. */
  set(): void {
    flag.raise(at(this));
  }

  /** Lowers the flag; who waits from now on waits for the next `set()`. */
  clear(): void {
    flag.lower(at(this));
  }

  /**
   * Waits until the flag is up.
   *
   * @param wait how long, in ms; zero or less: not at all.
   * @returns true if the flag was up or a `set()` released this wait, also when `clear()` followed at once; false if the
   * time was up.
   */
  wait(wait?: Wait): boolean {
    const limit = limitOf(wait, 'wait()');
    if (flag.isUp(at(this))) return true;
    return limit.until !== -Infinity && block(flag.untilUp(at(this), limit), limit);
  }

  /** As {@link wait}, without blocking the thread; rejects with `signal.reason` when the signal fires first. */
  async waitAsync(wait?: Wait): Promise<boolean> {
    const limit = limitOf(wait, 'waitAsync()');
    if (flag.isUp(at(this))) return inTurn(true);
    return limit.until === -Infinity ? inTurn(false) : await blockAsync(flag.untilUp(at(this), limit), limit);
  }

  /**
   * An AbortSignal that is aborted as soon as the flag is up, for APIs that take one. It fires once, when this thread's
   * event loop runs, and does not keep the process alive.
   *
   * @example
   * await fetch(url, { signal: stop.signal });
   */
  get signal(): AbortSignal {
    at(this);
    let signal = signals.get(this);
    if (signal === undefined) {
      const controller = new AbortController();
      signal = controller.signal;
      signals.set(this, signal);
      if (this.isSet()) controller.abort(this.reason());
      else void this.abortWhenSet(controller);
    }
    return signal;
  }

  private async abortWhenSet(controller: AbortController): Promise<void> {
    const limit = { until: Infinity, signal: undefined, background: true };
    await blockAsync(flag.untilUp(at(this), limit), limit);
    controller.abort(this.reason());
  }

  private reason(): DOMException {
    return new DOMException(`${this.name} was set`, 'AbortError');
  }

  /** Python's repr: `<Event Event-3: unset>` or `<Event Event-3: set>`. */
  override toString(): string {
    at(this);
    return `<${this.constructor.name} ${this.name}: ${this.isSet() ? 'set' : 'unset'}>`;
  }

  /** @internal */
  [inspect.custom](): string {
    return this.toString();
  }
}

defineHandle(EVENT_TYPE, Event);
