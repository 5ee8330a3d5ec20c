/**
 * Several iterators over one source. Items that some have taken and others have not stand in a chain of nodes in the heap:
 *
 *   node:  REFS     who refers to it: positions of iterators, the source's TAIL, the node before it
 *          STATE    EMPTY  the last node: the place of the item that comes next
 *                   ITEM   PARCEL holds it, NEXT is the node behind
 *                   END    the last node, and no item comes
 *
 * Only the source's owner changes a node, from EMPTY, once. A node goes when all iterators are past it. Who stands at the
 * empty node asks the owner to fill it; if somebody else was faster, it is filled already. (The chain is that of CPython's
 * itertools.tee.)
 */
import { inspect } from 'node:util';
import { ValueError } from '../errors.js';
import { allocate, free } from '../heap/allocator.js';
import { ADDRESS, defineHandle, Handle } from '../heap/handle.js';
import { Record } from '../heap/layout.js';
import { i32 } from '../heap/memory.js';
import { defineRecord, newRecord, release, retain } from '../heap/records.js';
import { block, blockAsync } from '../park/drive.js';
import { ERRAND_WORDS, farewellOf, KEPT, messageIn, own, request } from '../park/errands.js';
import { latch, unlatch } from '../park/latch.js';
import { FOREVER } from '../park/limit.js';
import { serverOf } from '../park/summons.js';
import { discard, peek } from '../wire/message.js';
import { concluded, EXHAUSTED, iteratorOf, LOOK, openItem, packError, packItem, Source } from './iterators-owner.js';
import { TEE_SOURCE_TYPE, TEE_TYPE } from './types.js';

const REFS = 0;
const NEXT = 1;
const STATE = 2;
const PARCEL = 3;
const NODE_BYTES = 16;

const EMPTY = 0;
const ITEM = 1;
const END = 2;

/** Word of a source: its empty node. */
const TAIL: number = Record.BODY + ERRAND_WORDS;
/** Words of an iterator: its source, and the node that it reads next. */
const SOURCE: number = Record.BODY;
const POSITION: number = Record.BODY + 1;

defineRecord(TEE_SOURCE_TYPE, { label: 'TeeSource', dispose: (source) => drop(i32[source + TAIL]) });
defineRecord(TEE_TYPE, {
  label: 'TeeIterator',
  dispose(tee) {
    drop(i32[tee + POSITION]);
    release(i32[tee + SOURCE]);
  },
});

/** Gives a reference on the node up, and frees what nobody refers to any more. */
function drop(node: number): void {
  while (node !== 0 && Atomics.sub(i32, node + REFS, 1) === 1) {
    const next = i32[node + NEXT];
    const message = messageIn(i32[node + PARCEL]);
    if (message !== 0) discard(message);
    free(node);
    node = next;
  }
}

/** The source, in the thread that owns it. */
class TeeSource extends Source {
  protected fulfil(wish: number): number {
    try {
      return this.fill(messageIn(wish));
    } catch (error) {
      return packError(error);
    }
  }

  /** For the owner itself: fills the node. Throws what the source throws. */
  call(node: number): number {
    return this.directly(() => this.fill(node));
  }

  private fill(node: number): number {
    if (i32[this.record + TAIL] !== node) return LOOK;
    // Room for the next node is needed before an item is taken.
    const tail = allocate(NODE_BYTES);
    let result: IteratorResult<unknown, unknown>;
    try {
      result = this.iterator.next();
    } catch (error) {
      free(tail);
      throw error;
    }
    if (result.done === true) {
      free(tail);
      this.ended = true;
      Atomics.store(i32, node + STATE, END);
      return LOOK;
    }
    // An item that cannot travel is the error that says so, for every iterator in its place.
    i32[node + PARCEL] = packItem(result.value);
    i32[node + NEXT] = tail;
    i32[tail + REFS] = 2;
    i32[this.record + TAIL] = tail;
    Atomics.store(i32, node + STATE, ITEM);
    drop(node);
    return LOOK;
  }
}

/**
 * Moves the iterator at `tee` on by one. Returns the node with the item, whose reference the caller gets; the negative of
 * the node's address if that is empty still; 0 at the end.
 */
function advance(tee: number): number {
  latch(tee + Record.LATCH);
  const node = i32[tee + POSITION];
  const state = Atomics.load(i32, node + STATE);
  if (state === ITEM) {
    const next = i32[node + NEXT];
    Atomics.add(i32, next + REFS, 1);
    i32[tee + POSITION] = next;
  }
  unlatch(tee + Record.LATCH);
  return state === ITEM ? node : state === END ? 0 : -node;
}

/** A new iterator at `position`, whose reference it gets. */
function newTee(source: number, position: number): number {
  let tee = 0;
  try {
    tee = newRecord(TEE_TYPE, 2);
  } finally {
    if (tee === 0) drop(position);
  }
  retain(source);
  i32[tee + SOURCE] = source;
  i32[tee + POSITION] = position;
  return tee;
}

/** Another iterator at the place of `tee`. */
function copyOf(tee: number): number {
  latch(tee + Record.LATCH);
  const position = i32[tee + POSITION];
  Atomics.add(i32, position + REFS, 1);
  unlatch(tee + Record.LATCH);
  return newTee(i32[tee + SOURCE], position);
}

function newSource(iterator: Iterator<unknown, unknown, unknown>): number {
  const tail = allocate(NODE_BYTES);
  i32[tail + REFS] = 1;
  const source = newRecord(TEE_SOURCE_TYPE, ERRAND_WORDS + 2);
  i32[source + TAIL] = tail;
  own(source, new TeeSource(source, iterator));
  return source;
}

/**
 * One of several iterators over the same source; each sees every item. What {@link concurrentTee} returns. One thread at a
 * time uses it.
 */
export class TeeIterator<T> extends Handle implements IterableIterator<T, unknown> {
  /**
   * Use {@link concurrentTee}.
   * @internal
   */
  constructor(address: number) {
    super(address);
  }

  /**
   * The next item: a buffered one, or a new one from the source. Waits while the source works.
   *
   * @throws what the source throws, as long as it does; NotSendableError in the place of an item that cannot travel;
   * RuntimeError when the thread that called `concurrentTee` has ended and no item is buffered.
   */
  next(): IteratorResult<T, unknown> {
    for (;;) {
      const node = advance(this[ADDRESS]);
      if (node >= 0) return this.itemOf(node);
      const source = this.source();
      if (source !== undefined) source.call(-node);
      else this.check(block(request(i32[this[ADDRESS] + SOURCE], -node | KEPT, FOREVER), FOREVER));
    }
  }

  /** As {@link next}, without blocking the thread. */
  async nextAsync(): Promise<IteratorResult<T, unknown>> {
    for (;;) {
      const node = advance(this[ADDRESS]);
      if (node >= 0) return this.itemOf(node);
      const source = this.source();
      if (source !== undefined && !source.busy) source.call(-node);
      else this.check(await blockAsync(request(i32[this[ADDRESS] + SOURCE], -node | KEPT, FOREVER), FOREVER));
    }
  }

  /** The source, if it is this thread's and goes on after those were served who wait. */
  private source(): TeeSource | undefined {
    const address = i32[this[ADDRESS] + SOURCE];
    (serverOf(address) as TeeSource | undefined)?.serveWaiting();
    return serverOf(address) as TeeSource | undefined;
  }

  private itemOf(node: number): IteratorResult<T, unknown> {
    if (node === 0) return { done: true, value: undefined };
    try {
      return openItem(i32[node + PARCEL], peek, this.name);
    } finally {
      drop(node);
    }
  }

  private check(outcome: number): void {
    if (outcome !== LOOK && outcome !== EXHAUSTED) concluded(outcome, this.name);
  }

  /** The items for a `for` loop, from where this iterator stands; the loop may be left early and taken up again. */
  [Symbol.iterator](): this {
    return this;
  }

  /** The items for a `for await` loop. */
  [Symbol.asyncIterator](): AsyncIterableIterator<T, unknown> {
    const next = () => this.nextAsync();
    return { next, [Symbol.asyncIterator]: () => this[Symbol.asyncIterator]() };
  }

  /** The name, and whether the source can give more. */
  override toString(): string {
    const farewell = farewellOf(i32[this[ADDRESS] + SOURCE]);
    const state = farewell === 0 ? 'open' : farewell === EXHAUSTED ? 'exhausted' : 'closed';
    return `<TeeIterator ${this.name}: ${state}>`;
  }

  /** @internal */
  [inspect.custom](): string {
    return this.toString();
  }
}

defineHandle(TEE_TYPE, TeeIterator);

/**
 * Makes `n` iterators out of one iterable, for `n` threads: each sees every item in order. The iterable is advanced once
 * per item, in the thread that calls this (see {@link serializeIterator}); items are kept until all have taken them, and
 * each gets copies of its own. Python's `threading.concurrent_tee`.
 *
 * Of one of its own iterators it makes more that go on from the same place.
 *
 * @param n how many, default 2; 0 gives none.
 * @throws ValueError when `n` is negative; TypeError when it is no whole number or `iterable` is none.
 *
 * @example
 * const [forSum, forLog] = concurrentTee(readings());
 * const logger = new Thread({ target: () => { for (const reading of forLog) console.log(reading); } }).start();
 */
export function concurrentTee<T>(iterable: Iterable<T>, n = 2): TeeIterator<T>[] {
  if (!Number.isInteger(n)) throw new TypeError(`n must be a whole number, not ${inspect(n, { depth: 0 })}`);
  if (n < 0) throw new ValueError(`n must be >= 0, not ${n}`);
  if (n === 0) return [];
  const first = iterable instanceof TeeIterator ? copyOf(iterable[ADDRESS]) : firstOver(iterable);
  const all = [new TeeIterator<T>(first)];
  while (all.length < n) all.push(new TeeIterator<T>(copyOf(first)));
  return all;
}

function firstOver<T>(iterable: Iterable<T>): number {
  const source = newSource(iteratorOf(iterable, 'concurrentTee'));
  const tail = i32[source + TAIL];
  Atomics.add(i32, tail + REFS, 1);
  return newTee(source, tail);
}
