import { Record } from '../heap/layout.js';
import { QUEUE_WORDS } from '../park/queue.js';

/** Record types of this room's classes. */
export const QUEUE_TYPE = 20;
export const LIFO_QUEUE_TYPE = 21;
export const PRIORITY_QUEUE_TYPE = 22;
export const SIMPLE_QUEUE_TYPE = 23;

/** Words of a queue's record that are the classes' own. */
export const QueueWord = {
  /** As it was given, a double. */
  MAXSIZE: Record.BODY + QUEUE_WORDS,
  /** Message with the function that says an item's priority, 0: there is none. */
  PRIORITY: Record.BODY + QUEUE_WORDS + 2,
  WORDS: QUEUE_WORDS + 4,
} as const;
