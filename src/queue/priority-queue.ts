import { inspect } from 'node:util';
import { mustBeOptions } from '../arguments.js';
import { ADDRESS, type Handle } from '../heap/handle.js';
import { i32 } from '../heap/memory.js';
import { PRIORITIES } from '../park/queue-storage.js';
import { pack, peek } from '../wire/message.js';
import { onPrepareNode, writeNode } from './entries.js';
import { nodeFor } from './keys.js';
import { defineQueue, Queue } from './queue.js';
import { PRIORITY_QUEUE_TYPE, QueueWord as Word } from './types.js';

/**
 * What items can be ordered by: as Python orders numbers, strings (by code point) and tuples. Booleans are 0 and 1; a bigint
 * and a number are compared by their exact values; NaN has no order.
 */
export type Priority = number | bigint | string | boolean | readonly Priority[];

/** Options of a {@link PriorityQueue}. */
export interface PriorityQueueOptions<T> {
  /** Says what an item is ordered by. It runs in the thread that puts the item, before `put()` returns. */
  priority?: ((item: T) => Priority) | null | undefined;
}

type PriorityOf = (item: unknown) => unknown;

/** The priority functions of queues that this thread made or has put something in. */
const functions = new WeakMap<Handle, PriorityOf>();

/**
 * A queue that gives the item with the lowest priority first. Python's `queue.PriorityQueue`; in all else a {@link Queue}.
 *
 * An item that is an array is ordered as a Python tuple by its leading elements that have an order, so `[priority, data]`
 * works with any data; any other item is its own priority. Items of equal priority come out in the order of arrival (in Python
 * the data is compared). A priority is written down once, at `put()`: what the item does later changes nothing.
 *
 * An item without an order, or with one that cannot be compared with an item that it meets on its way in, such as a string
 * with a number, is a TypeError and is not put. (In Python it stays inside.) Two items that never met in that way and have no
 * order come out numbers first, then strings, then arrays.
 *
 * @example
 * const jobs = new PriorityQueue<{ urgency: number; run: string }>(0, { priority: (job) => -job.urgency });
 * jobs.put({ urgency: 1, run: 'backup' });
 * jobs.put({ urgency: 9, run: 'alarm' });
 * jobs.get().run; // 'alarm'
 */
export class PriorityQueue<T> extends Queue<T> {
  /**
   * @param maxsize how many items may be inside; 0 or less: any number.
   * @throws TypeError when the priority is not a function; CaptureError when it cannot travel to other threads.
   */
  constructor(maxsize = 0, options?: PriorityQueueOptions<T>) {
    mustBeOptions(options, ['priority'], 'new PriorityQueue()');
    const priority = options?.priority ?? undefined;
    if (priority !== undefined && typeof priority !== 'function') throw new TypeError('priority must be a function');
    super(maxsize);
    if (priority === undefined) return;
    i32[this[ADDRESS] + Word.PRIORITY] = pack(priority, { path: 'priority', freeze: true });
    functions.set(this, priority as PriorityOf);
  }
}

function priorityFunction(queue: Handle): PriorityOf | undefined {
  const known = functions.get(queue);
  if (known !== undefined) return known;
  const message = i32[queue[ADDRESS] + Word.PRIORITY];
  if (message === 0) return undefined;
  const priority = peek(message) as PriorityOf;
  functions.set(queue, priority);
  return priority;
}

onPrepareNode((queue, at, item) => {
  const priorityOf = priorityFunction(queue);
  const priority = priorityOf === undefined ? item : priorityOf(item);
  const node = nodeFor(priority, priorityOf === undefined);
  if (node === 0) throw unordered(queue, priority, priorityOf !== undefined);
  writeNode(at, item, node);
});

function unordered(queue: Handle, priority: unknown, computed: boolean): TypeError {
  const what = computed ? 'the priority of the item' : 'the item';
  const shown = inspect(priority, { depth: 1, breakLength: Infinity }).slice(0, 80);
  const remedy = computed
    ? 'A priority is a number other than NaN, a bigint, a string, a boolean, or an array of those.'
    : 'Put [priority, item], or give the queue a priority function: new PriorityQueue(0, { priority: (item) => … }).';
  return new TypeError(`${what} for ${queue.name} has no order: ${shown}. ${remedy}`);
}

defineQueue(PriorityQueue, 'PriorityQueue', PRIORITY_QUEUE_TYPE, PRIORITIES);
