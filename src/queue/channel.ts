import { inspect } from 'node:util';
import { Empty, ShutDown } from '../errors.js';
import { Agent, self } from '../heap/agents.js';
import { ofType } from '../heap/records.js';
import { ADDRESS, Handle } from '../heap/handle.js';
import { block, blockAsync, type Steps } from '../park/drive.js';
import { FOREVER, type Limit } from '../park/limit.js';
import { inTurn } from '../park/turns.js';
import * as room from '../park/queue.js';
import { readEntry } from './entries.js';
import { mustBeQueueOptions, queueLimit, type QueueOptions } from './options.js';
import { QUEUE_TYPE, SIMPLE_QUEUE_TYPE } from './types.js';

/** Where this thread prepares an entry, and finds the one that it took. */
export const STAGE: number = self.address + Agent.STAGE;

function at(queue: Handle): number {
  return ofType(queue?.[ADDRESS], QUEUE_TYPE, SIMPLE_QUEUE_TYPE);
}

/** The taking side, which all queues have in common. */
export abstract class Channel<T> extends Handle {
  /**
   * Takes the next item, waiting while there is none. Waiters are served in the order of arrival.
   *
   * @param options nothing: as long as it takes; `false` or `{ block: false }`: not at all; a number: that many ms.
   * @throws Empty when there is no item (in time); ShutDown when there is none and none will come; ValueError for a negative
   * timeout.
   *
   * @example
   * const item = queue.get({ timeout: 500 });
   */
  get(options?: QueueOptions): T {
    const address = at(this);
    const limit = beginGet(address, options);
    const outcome = room.tryTake(address, STAGE);
    if (outcome === room.DONE) return readEntry(address, STAGE) as T;
    return block(taken<T>(this, outcome, limit, true), limit);
  }

  /**
   * As {@link get}, without blocking the thread; rejects with `signal.reason` when the signal fires first.
   */
  async getAsync(options?: QueueOptions): Promise<T> {
    const address = at(this);
    const limit = beginGet(address, options);
    const outcome = room.tryTake(address, STAGE);
    if (outcome === room.DONE) return inTurn(readEntry(address, STAGE) as T);
    return await blockAsync(taken<T>(this, outcome, limit, false), limit);
  }

  /**
   * Takes the next item if there is one: `get(false)`.
   *
   * @throws Empty when there is none; ShutDown when none will come either.
   */
  getNowait(): T {
    at(this);
    return this.get(false);
  }

  /** How many items are inside now. Another thread may change that at any moment. */
  qsize(): number {
    return room.sizeOf(at(this));
  }

  /** Whether no item is inside now. */
  empty(): boolean {
    at(this);
    return this.qsize() === 0;
  }

  /** @internal */
  [inspect.custom](): string {
    return this.toString();
  }
}

/** Python's order: a queue that is shut down and empty says so before it looks at the timeout. */
function beginGet(queue: number, options: QueueOptions | undefined): Limit {
  if (options === undefined) return FOREVER;
  if (room.isShut(queue) && room.sizeOf(queue) === 0) throw shutDownError();
  const limit = queueLimit(options);
  mustBeQueueOptions(options, 'get()');
  return limit;
}

/** The rest of a `get` whose first attempt ended with `outcome`. */
function* taken<T>(queue: Channel<T>, outcome: room.Outcome, limit: Limit, blocking: boolean): Steps<T> {
  const address = queue[ADDRESS];
  const waits = outcome === room.NOT_NOW && limit.until !== -Infinity;
  const last = waits ? yield* room.take(address, STAGE, limit, blocking) : outcome;
  if (last === room.DONE) return readEntry(address, STAGE) as T;
  throw last === room.SHUT ? shutDownError() : new Empty(`${queue.name} is empty`);
}

/** The next item of an asynchronous loop over the queue. */
export async function nextOf<T>(queue: Channel<T>): Promise<IteratorResult<T, undefined>> {
  return await blockAsync(nextSteps(queue), FOREVER);
}

function* nextSteps<T>(queue: Channel<T>): Steps<IteratorResult<T, undefined>> {
  const address = queue[ADDRESS];
  let outcome = room.tryTake(address, STAGE);
  if (outcome === room.NOT_NOW) outcome = yield* room.take(address, STAGE, FOREVER, false);
  if (outcome === room.SHUT) return { done: true, value: undefined };
  return { done: false, value: readEntry(address, STAGE) as T };
}

/** The error of calls on a queue that was shut down. */
export function shutDownError(): ShutDown {
  return new ShutDown('the queue has been shut down');
}
