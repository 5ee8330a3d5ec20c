/**
 * Entries: items as they stand in the storage of queues. A slot; in a PriorityQueue a node with the slot and the priority.
 */
import { free } from '../heap/allocator.js';
import { ADDRESS, type Handle } from '../heap/handle.js';
import { i32 } from '../heap/memory.js';
import { onDropSlot } from '../park/queue.js';
import { disciplineOf, PRIORITIES } from '../park/queue-storage.js';
import { dropSlot, takeSlot, writeSlot } from '../wire/slot.js';
import { hasMarked, movingLater } from '../wire/transfer.js';

onDropSlot(dropSlot);

type Prepare = (queue: Handle, at: number, item: unknown) => void;
let prepareNode: Prepare;

/** Says how an item becomes an entry of a PriorityQueue. */
export function onPrepareNode(prepare: Prepare): void {
  prepareNode = prepare;
}

/**
 * Writes `item` as an entry to the two words at `at`. Throws what keeps it from being put; nothing is left then. Returns buffers
 * that are to be detached once it is inside.
 */
export function prepareEntry(queue: Handle, at: number, item: unknown): readonly ArrayBuffer[] | null {
  if (hasMarked) return movingLater(() => write(queue, at, item));
  write(queue, at, item);
  return null;
}

function write(queue: Handle, at: number, item: unknown): void {
  if (disciplineOf(queue[ADDRESS]) === PRIORITIES) prepareNode(queue, at, item);
  else writeSlot(at, item, 'item');
}

/** As `prepareEntry`, with the item's priority in `node`, which is given up if this throws. */
export function writeNode(at: number, item: unknown, node: number): void {
  try {
    writeSlot(node, item, 'item');
  } catch (error) {
    free(node);
    throw error;
  }
  i32[at] = node;
  i32[at + 1] = 0;
}

/** The item in the entry at `at`, which passes to this thread. */
export function readEntry(queue: number, at: number): unknown {
  if (disciplineOf(queue) !== PRIORITIES) return takeSlot(at);
  const node = i32[at];
  try {
    return takeSlot(node);
  } finally {
    free(node);
  }
}
