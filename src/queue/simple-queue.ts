import { ADDRESS, defineHandle, type Handle } from '../heap/handle.js';
import { defineRecord, newRecord, ofType } from '../heap/records.js';
import * as room from '../park/queue.js';
import { FIFO } from '../park/queue-storage.js';
import { inTurn } from '../park/turns.js';
import type { Sent } from '../wire/sendable.js';
import { detach } from '../wire/transfer.js';
import { Channel, STAGE } from './channel.js';
import { prepareEntry } from './entries.js';
import { mustBeQueueOptions, noLimit, type QueueOptions } from './options.js';
import { QueueWord as Word, SIMPLE_QUEUE_TYPE } from './types.js';

defineRecord(SIMPLE_QUEUE_TYPE, { label: 'SimpleQueue', dispose: room.dispose });

function at(queue: Handle): number {
  return ofType(queue?.[ADDRESS], SIMPLE_QUEUE_TYPE);
}

/**
 * An unbounded queue that can only be put to and got from: first in, first out. Python's `queue.SimpleQueue`. Putting never
 * waits.
 *
 * @example
 * const results = new SimpleQueue<number>();
 * new Thread({ target: () => results.put(6 * 7) }).start();
 * results.get(); // 42
 */
export class SimpleQueue<T> extends Channel<T> {
  /** Takes no arguments (TypeError). */
  constructor(...none: []) {
    if ((none as unknown[]).length > 0) throw new TypeError('SimpleQueue() takes no arguments');
    const address = newRecord(SIMPLE_QUEUE_TYPE, Word.WORDS);
    room.initialise(address, FIFO, room.UNBOUNDED);
    super(address);
  }

  /**
   * Puts an item in; never waits.
   *
   * @param options there so that a Queue can be replaced; only their names and the signal are looked at.
   * @throws NotSendableError or CaptureError for what cannot be sent; HeapExhaustedError.
   */
  put(item: Sent<T>, options?: QueueOptions): void {
    const address = at(this);
    if (options !== undefined) mustBeQueueOptions(options, 'put()');
    noLimit(options);
    const moved = prepareEntry(this, STAGE, item);
    room.tryPut(address, STAGE);
    if (moved !== null) detach(moved);
  }

  /** The same as {@link put}, for code that puts to any kind of queue. */
  async putAsync(item: Sent<T>, options?: QueueOptions): Promise<void> {
    at(this);
    this.put(item, options);
    return inTurn(undefined);
  }

  /** The same as {@link put}. */
  putNowait(item: Sent<T>): void {
    at(this);
    this.put(item);
  }

  /** Such as `<SimpleQueue size=3 name=SimpleQueue-5>`. */
  override toString(): string {
    at(this);
    return `<${this.constructor.name} size=${this.qsize()} name=${this.name}>`;
  }
}

defineHandle(SIMPLE_QUEUE_TYPE, SimpleQueue);
