import { inspect } from 'node:util';
import { mustBeOptions } from '../arguments.js';
import { BrokenBarrierError, ValueError } from '../errors.js';
import { ADDRESS, defineHandle, Handle } from '../heap/handle.js';
import { Record } from '../heap/layout.js';
import { f64, i32 } from '../heap/memory.js';
import { defineRecord, newRecord, ofType } from '../heap/records.js';
import { block, blockAsync } from '../park/drive.js';
import * as gate from '../park/gate.js';
import { type Limit, limitOf, throwIfAborted, timeoutOf, type Wait } from '../park/limit.js';
import { discard, pack, peek } from '../wire/message.js';
import { BARRIER_TYPE } from './types.js';

/** Word with the message that holds the action, or 0. */
const ACTION: number = Record.BODY + gate.GATE_WORDS;
/** Default timeout in ms, a double; NaN: none. */
const TIMEOUT: number = Record.BODY + gate.GATE_WORDS + 2;
const WORDS: number = gate.GATE_WORDS + 4;

defineRecord(BARRIER_TYPE, {
  label: 'Barrier',
  dispose(barrier) {
    if (i32[barrier + ACTION] !== 0) discard(i32[barrier + ACTION]);
  },
});

/** Options of a {@link Barrier}. */
export interface BarrierOptions {
  /**
   * Called by the last thread that arrives, before anybody goes on. It must not wait for the same barrier. It is captured when
   * the barrier is made, and is the same copy with the same frozen values wherever it runs, in the thread that made it too.
   */
  action?: (() => void) | null | undefined;
  /** Default for `wait()`, in ms; undefined, null and Infinity: none. */
  timeout?: number | null | undefined;
}

/** The actions that this thread has called: copies, in the thread that made the barrier too, lest it matter who comes last. */
const actions = new WeakMap<Barrier, () => void>();

function at(barrier: Handle): number {
  return ofType(barrier?.[ADDRESS], BARRIER_TYPE);
}

/**
 * A meeting point for a fixed number of threads: they go on when all have come. Python's `threading.Barrier`. It can be
 * used again and again; a thread that comes early for the next round waits its turn.
 *
 * @example
 * const start = new Barrier(2, { action: () => console.log('both are here') });
 * // in both threads
 * start.wait();
 */
export class Barrier extends Handle {
  /**
   * @param parties how many threads meet, at least 1.
   * @throws ValueError when parties is less than 1; CaptureError when the action cannot travel to other threads.
   */
  constructor(parties: number, options?: BarrierOptions) {
    if (typeof parties !== 'number') throw new TypeError(`parties must be a number, not ${typeof parties}`);
    if (!Number.isInteger(parties) || parties < 1) throw new ValueError('parties must be > 0');
    mustBeOptions(options, ['action', 'timeout'], 'new Barrier()');
    const action = options?.action ?? undefined;
    if (action !== undefined && typeof action !== 'function') throw new TypeError('action must be a function');
    const timeout = timeoutOf(options?.timeout);
    const message = action === undefined ? 0 : pack(action, { path: 'action', freeze: true });
    let address = 0;
    try {
      address = newRecord(BARRIER_TYPE, WORDS);
    } finally {
      if (address === 0 && message !== 0) discard(message);
    }
    gate.initialise(address, parties);
    i32[address + ACTION] = message;
    f64[(address + TIMEOUT) / 2] = timeout;
    super(address);
  }

  /**
   * Waits until all parties have come.
   *
   * @param wait how long, in ms; default: the constructor's timeout. Whoever runs out of time breaks the barrier for all.
   * @returns this thread's index in the order of arrival, 0 … parties - 1, a different one for each.
   * @throws BrokenBarrierError when the barrier is or gets broken; in the thread that ran the action, its error.
   */
  wait(wait?: Wait): number {
    at(this);
    const limit = this.limit(wait, 'wait()');
    return this.conclude(block(gate.arrive(at(this), limit), limit), limit);
  }

  /** As {@link wait}, without blocking the thread. An abort breaks the barrier, as a timeout does. */
  async waitAsync(wait?: Wait): Promise<number> {
    at(this);
    const limit = this.limit(wait, 'waitAsync()');
    return this.conclude(await blockAsync(gate.arrive(at(this), limit), limit), limit);
  }

  private limit(wait: Wait | undefined, what: string): Limit {
    const given = limitOf(wait, what);
    const own = typeof wait === 'object' && wait !== null ? wait.timeout : wait;
    const timeout = f64[(at(this) + TIMEOUT) / 2];
    if ((own !== undefined && own !== null) || timeout === Infinity) return given;
    return limitOf({ timeout, signal: given.signal });
  }

  private conclude(answer: number, limit: Limit): number {
    if (answer >= 0) return answer;
    if (answer !== gate.WAS_BROKEN) {
      this.runAction(answer);
      if (gate.open(at(this), answer)) return gate.partiesOf(at(this)) - 1;
    }
    throwIfAborted(limit);
    throw new BrokenBarrierError(`${this.name} is broken`);
  }

  private runAction(leader: number): void {
    const message = i32[at(this) + ACTION];
    if (message === 0) return;
    try {
      let action = actions.get(this);
      if (action === undefined) {
        action = peek(message, true) as () => void;
        actions.set(this, action);
      }
      action();
    } catch (error) {
      gate.fail(at(this), leader);
      throw error;
    }
  }

  /** Back to empty, and whole again. Threads that wait get a BrokenBarrierError. */
  reset(): void {
    gate.reset(at(this));
  }

  /** Breaks the barrier: present and future waiters get a BrokenBarrierError, until `reset()`. */
  abort(): void {
    gate.breakUp(at(this));
  }

  /** How many threads meet. */
  get parties(): number {
    return gate.partiesOf(at(this));
  }

  /** How many wait now; 0 while a round is being let through, and while the barrier is broken. */
  get nWaiting(): number {
    return gate.waitingAt(at(this));
  }

  /** Whether the barrier is broken. */
  get broken(): boolean {
    return gate.isBroken(at(this));
  }

  /** Python's repr: `<Barrier Barrier-4: waiters=2/5>`. */
  override toString(): string {
    at(this);
    const state = this.broken ? 'broken' : `waiters=${this.nWaiting}/${this.parties}`;
    return `<${this.constructor.name} ${this.name}: ${state}>`;
  }

  /** @internal */
  [inspect.custom](): string {
    return this.toString();
  }
}

defineHandle(BARRIER_TYPE, Barrier);
