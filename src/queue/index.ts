/**
 * Python's `queue`: queues between threads.
 *
 * @module threadwork/queue
 */
import '../core.js';
import { provideModule } from '../capture/modules.js';
// oxlint-disable-next-line import/no-self-import -- its own namespace is what it registers below
import * as library from './index.js';

export { Empty, Full, ShutDown } from '../errors.js';
export { LifoQueue } from './lifo-queue.js';
export type { QueueOptions } from './options.js';
export { type Priority, PriorityQueue, type PriorityQueueOptions } from './priority-queue.js';
export { Queue } from './queue.js';
export { SimpleQueue } from './simple-queue.js';

// What a function uses of this module is found in the other thread, never captured.
provideModule('threadwork/queue', library);
