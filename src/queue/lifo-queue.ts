import { LIFO } from '../park/queue-storage.js';
import { defineQueue, Queue } from './queue.js';
import { LIFO_QUEUE_TYPE } from './types.js';

/**
 * A stack between threads: what was put last is got first. Python's `queue.LifoQueue`; in all else a {@link Queue}.
 *
 * @example
 * const undo = new LifoQueue<string>();
 * undo.put('typed a');
 * undo.put('typed b');
 * undo.get(); // 'typed b'
 */
export class LifoQueue<T> extends Queue<T> {}

defineQueue(LifoQueue, 'LifoQueue', LIFO_QUEUE_TYPE, LIFO);
