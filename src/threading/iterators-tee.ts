import { inspect } from 'node:util';
import { ValueError } from '../errors.js';
import { ADDRESS, defineHandle, Handle } from '../heap/handle.js';
import { Record } from '../heap/layout.js';
import { i32 } from '../heap/memory.js';
import { defineRecord, newRecord, ofType, release, retain } from '../heap/records.js';
import * as chain from '../park/chain.js';
import { block, blockAsync } from '../park/drive.js';
import { ERRAND_WORDS, farewellOf, KEPT, messageIn, own, request } from '../park/errands.js';
import { FOREVER } from '../park/limit.js';
import { serverOf } from '../park/summons.js';
import { inTurn } from '../park/turns.js';
import { peek } from '../wire/message.js';
import { concluded, EXHAUSTED, iteratorOf, LOOK, openItem, packError, packItem, Source } from './iterators-owner.js';
import { TEE_SOURCE_TYPE, TEE_TYPE } from './types.js';

/** Most iterators that one call makes: more than there can be threads. */
const MOST = 2 ** 16;
/** Word of a source: the last node of its chain, which is empty. */
const TAIL: number = Record.BODY + ERRAND_WORDS;
/** Words of an iterator: its source, and where it stands in the chain. */
const SOURCE: number = Record.BODY;
const PLACE: number = Record.BODY + 1;

defineRecord(TEE_SOURCE_TYPE, { label: 'TeeSource', dispose: (source) => chain.dropNode(i32[source + TAIL]) });
defineRecord(TEE_TYPE, {
  label: 'TeeIterator',
  dispose(tee) {
    chain.dropNode(i32[tee + PLACE]);
    release(i32[tee + SOURCE]);
  },
});

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
  call(node: number): void {
    this.directly(() => this.fill(node));
  }

  /** Puts the next item into the node, unless somebody else was faster and it has one. */
  private fill(node: number): number {
    if (i32[this.record + TAIL] !== node) return LOOK;
    // Room for the next node is needed before an item is taken.
    const tail = chain.newNode();
    let result: IteratorResult<unknown, unknown>;
    try {
      result = this.iterator.next();
    } catch (error) {
      chain.dropNode(tail);
      throw error;
    }
    if (result.done === true) {
      chain.dropNode(tail);
      chain.endNode(node);
      this.ended = true;
      return LOOK;
    }
    i32[this.record + TAIL] = tail;
    // An item that cannot travel is the error that says so, for every iterator in its place.
    chain.fillNode(node, packItem(result.value), tail);
    chain.dropNode(node);
    return LOOK;
  }
}

function newSource(iterator: Iterator<unknown, unknown, unknown>): number {
  const tail = chain.newNode();
  let source = 0;
  try {
    source = newRecord(TEE_SOURCE_TYPE, ERRAND_WORDS + 2);
  } finally {
    if (source === 0) chain.dropNode(tail);
  }
  i32[source + TAIL] = tail;
  own(source, new TeeSource(source, iterator));
  return source;
}

/** A new iterator at the node `place`, whose reference it gets. */
function newTee(source: number, place: number): number {
  let tee = 0;
  try {
    tee = newRecord(TEE_TYPE, 2);
  } finally {
    if (tee === 0) chain.dropNode(place);
  }
  retain(source);
  i32[tee + SOURCE] = source;
  i32[tee + PLACE] = place;
  return tee;
}

/** Another iterator where `tee` stands. */
function copyOf(tee: number): number {
  return newTee(i32[tee + SOURCE], chain.standingAt(tee, PLACE));
}

function firstOver<T>(iterable: Iterable<T>): number {
  const source = newSource(iteratorOf(iterable, 'concurrentTee'));
  return newTee(source, chain.standingAt(source, TAIL));
}

function at(tee: Handle): number {
  return ofType(tee?.[ADDRESS], TEE_TYPE);
}

/**
 * One of several iterators over the same source; each sees every item. What {@link concurrentTee} returns. One thread at a
 * time uses it.
 */
export class TeeIterator<T> extends Handle implements IterableIterator<T> {
  /**
   * Use {@link concurrentTee}.
   * @internal
   */
  constructor(address: number) {
    super(ofType(address, TEE_TYPE));
  }

  /**
   * The next item: a buffered one, or a new one from the source. Waits while the source works.
   *
   * @throws what the source throws, as long as it does; NotSendableError in the place of an item that cannot travel;
   * RuntimeError when the thread that called `concurrentTee` has ended and no item is buffered.
   */
  next(): IteratorResult<T, unknown> {
    for (;;) {
      const node = chain.advance(at(this), PLACE);
      if (node >= chain.AT_END) return this.itemOf(node);
      const source = this.source();
      if (source !== undefined) source.call(-node);
      else this.check(block(request(i32[at(this) + SOURCE], -node | KEPT, FOREVER), FOREVER));
    }
  }

  /** As {@link next}, without blocking the thread. */
  async nextAsync(): Promise<IteratorResult<T, unknown>> {
    for (;;) {
      const node = chain.advance(at(this), PLACE);
      if (node >= chain.AT_END) return inTurn(this.itemOf(node));
      const source = this.source();
      if (source !== undefined && !source.busy) source.call(-node);
      else this.check(await blockAsync(request(i32[at(this) + SOURCE], -node | KEPT, FOREVER), FOREVER));
    }
  }

  /** The source, if it is this thread's and goes on after those were served who wait. */
  private source(): TeeSource | undefined {
    const address = i32[at(this) + SOURCE];
    (serverOf(address) as TeeSource | undefined)?.serveWaiting();
    return serverOf(address) as TeeSource | undefined;
  }

  private itemOf(node: number): IteratorResult<T, unknown> {
    if (node === chain.AT_END) return { done: true, value: undefined };
    try {
      return openItem(chain.parcelIn(node), peek, this.name);
    } finally {
      chain.dropNode(node);
    }
  }

  private check(outcome: number): void {
    if (outcome !== LOOK && outcome !== EXHAUSTED) concluded(outcome, this.name);
  }

  /** The items for a `for` loop, from where this iterator stands; the loop may be left early and taken up again. */
  [Symbol.iterator](): this {
    at(this);
    return this;
  }

  /** The items for a `for await` loop. */
  [Symbol.asyncIterator](): AsyncIterableIterator<T> {
    at(this);
    const next = () => this.nextAsync();
    return { next, [Symbol.asyncIterator]: () => this[Symbol.asyncIterator]() };
  }

  /** The name, and whether the source can give more. */
  override toString(): string {
    const farewell = farewellOf(i32[at(this) + SOURCE]);
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
 * @throws ValueError when `n` is negative or more than 65536; TypeError when it is no whole number or `iterable` is none.
 *
 * @example
 * const [forSum, forLog] = concurrentTee(readings());
 * const logger = new Thread({ target: () => { for (const reading of forLog) console.log(reading); } }).start();
 */
export function concurrentTee<T>(iterable: Iterable<T>, n = 2): TeeIterator<T>[] {
  if (!Number.isInteger(n)) throw new TypeError(`n must be a whole number, not ${inspect(n, { depth: 0 })}`);
  if (n < 0) throw new ValueError(`n must be >= 0, not ${n}`);
  if (n > MOST) throw new ValueError(`n must be <= ${MOST}, not ${n}`);
  if (n === 0) return [];
  const first = iterable instanceof TeeIterator ? copyOf(iterable[ADDRESS]) : firstOver(iterable);
  const all = [new TeeIterator<T>(first)];
  while (all.length < n) all.push(new TeeIterator<T>(copyOf(first)));
  return all;
}
