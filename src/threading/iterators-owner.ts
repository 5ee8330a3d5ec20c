/**
 * The owner's side of the iterators that threads share. A JavaScript iterator lives in the memory of one thread, so that
 * thread calls it, for itself and for all others (park/errands.ts). A call is answered with an outcome: a number below, an
 * item's message, or with the mark SPECIAL the message of `{ error }` or, for the value at the end, `{ value }`.
 */
import { told } from '../arguments.js';
import { HeapExhaustedError, RuntimeError } from '../errors.js';
import { nameOf } from '../heap/records.js';
import * as errands from '../park/errands.js';
import type { Server } from '../park/summons.js';
import { queueLength } from '../park/waiter.js';
import { discard, pack, unpack } from '../wire/message.js';

/** The source was exhausted before. */
export const EXHAUSTED = 3;
/** The source has just ended, without a value. */
export const ENDED = 4;
/** The heap had no room for the outcome. */
export const NO_ROOM = 5;
/** What was wanted is there. */
export const LOOK = 6;
/** Mark in an outcome's address. */
export const SPECIAL = 1;

errands.onDiscardParcel(discard);

/** Message of an item, or of the error that says why it cannot travel. */
export function packItem(item: unknown): number {
  try {
    return pack(item, 'item');
  } catch (error) {
    return packError(error);
  }
}

/** Message of what the source threw. What is no error and cannot be sent gives way to the error that says so. */
export function packError(error: unknown): number {
  let thrown = error;
  for (let attempt = 0; attempt < 2; attempt++) {
    try {
      return pack({ error: thrown }, { path: '', lenient: true }) | SPECIAL;
    } catch (failure) {
      thrown = failure;
    }
  }
  return NO_ROOM;
}

/** Message of the value that came with the end. */
export function packEnd(value: unknown): number {
  if (value === undefined) return ENDED;
  try {
    return pack({ value }, { path: '' }) | SPECIAL;
  } catch (error) {
    return packError(error);
  }
}

/** What the message in an item's or error's parcel says; throws the error. */
export function openItem<T>(
  parcel: number,
  read: (message: number) => unknown,
  name: string,
): IteratorResult<T, unknown> {
  const message = errands.messageIn(parcel);
  if (message === 0) throw failureOf(parcel, name);
  const content = read(message);
  if ((parcel & SPECIAL) === 0) return { done: false, value: content as T };
  if ('error' in (content as object)) throw (content as { error: unknown }).error;
  return { done: true, value: (content as { value: unknown }).value };
}

/** What an outcome means for the caller. */
export function concluded<T>(outcome: number, name: string): IteratorResult<T, unknown> {
  if (outcome === EXHAUSTED || outcome === ENDED) return { done: true, value: undefined };
  return openItem(outcome, unpack, name);
}

function failureOf(outcome: number, name: string): Error {
  if (outcome === NO_ROOM) {
    return new HeapExhaustedError(
      `an item of ${name} found no room in the shared heap; configure({ heapBytes }) reserves more`,
    );
  }
  if (outcome === errands.GAVE_UP) return new RuntimeError(`waiting for ${name} was ended from outside`);
  return new RuntimeError(
    `${name} has lost its source: the thread that made it has ended. Make it in a thread that lives as long as all who use it, such as main`,
  );
}

/** The iterator that `iterable` gives, for the function `caller`. */
export function iteratorOf<T>(iterable: Iterable<T>, caller: string): Iterator<T, unknown, unknown> {
  const make: unknown = iterable?.[Symbol.iterator];
  if (typeof make === 'function') {
    const iterator: unknown = iterable[Symbol.iterator]();
    if (typeof (iterator as Partial<Iterator<T>> | null | undefined)?.next === 'function')
      return iterator as Iterator<T, unknown, unknown>;
    throw new TypeError(`${caller} takes an iterable: what [Symbol.iterator]() returned has no next()`);
  }
  const later = typeof (iterable as unknown as AsyncIterable<T> | null)?.[Symbol.asyncIterator] === 'function';
  const remedy = later ? 'an asynchronous one; put its items into a Queue' : told(iterable);
  throw new TypeError(`${caller} takes an iterable, not ${remedy}`);
}

/** A source in the thread that owns it. */
export abstract class Source implements Server {
  private running = false;
  /** Set by the calls of the source when it is exhausted. */
  protected ended = false;

  constructor(
    protected readonly record: number,
    protected readonly iterator: Iterator<unknown, unknown, unknown>,
  ) {}

  /** Does what a caller in another thread wishes, and returns the outcome. Lets no error out. */
  protected abstract fulfil(wish: number): number;

  /** Whether a call of the source is going on, further down this thread's stack: none can be made until it returns. */
  get busy(): boolean {
    return this.running;
  }

  serve(): boolean {
    if (this.running) return false;
    const wish = errands.takeWish(this.record);
    if (wish === errands.NOTHING) return false;
    this.running = true;
    const outcome = this.fulfil(wish);
    this.running = false;
    errands.answer(this.record, outcome);
    if (this.ended) errands.disown(this.record, EXHAUSTED);
    return !this.ended && errands.isWanted(this.record);
  }

  /** Serves those who wait: before the owner takes something itself, or else they might never get anything. */
  serveWaiting(): void {
    if (!errands.isWanted(this.record)) return;
    for (let waiting = queueLength(this.record); waiting > 0 && this.serve(); waiting--);
  }

  /** Calls the source for the owner itself. */
  protected directly<R>(call: () => R): R {
    if (this.running) {
      throw new RuntimeError(
        `${nameOf(this.record)} was called while its source works on another call in this thread: the two would wait for each other`,
      );
    }
    this.running = true;
    try {
      return call();
    } finally {
      this.running = false;
      if (this.ended) errands.disown(this.record, EXHAUSTED);
      // Who came meanwhile could not be served from within the call.
      else if (errands.isWanted(this.record)) errands.recall(this.record);
    }
  }
}
