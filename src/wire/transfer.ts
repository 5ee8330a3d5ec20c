/**
 * Moving a buffer instead of copying it.
 */
import { types } from 'node:util';

const moving = new WeakSet<ArrayBuffer>();
/** Whether this thread has ever marked one. */
export let hasMarked = false;
/** Where the buffers of messages are collected that may not arrive; null: they are detached at once. */
let leaving: ArrayBuffer[] | null = null;

/**
 * Marks a buffer to be moved with the next message that holds it: the receiver gets its bytes, and once it was sent the
 * buffer here is detached (its length is 0), as with `postMessage(…, [buffer])`. If sending fails, or a queue refuses the item, it stays
 * as it was.
 *
 * ```ts
 * const pixels = new Uint8Array(1e8);
 * queue.put(transfer(pixels)); // pixels.length is 0 now
 * ```
 *
 * @param value an ArrayBuffer, or a view, whose whole buffer is then moved
 * @returns the same object
 * @throws TypeError for anything else, SharedArrayBuffers included: those are shared anyway
 */
export function transfer<T extends ArrayBuffer | ArrayBufferView>(value: T): T {
  const buffer: unknown = ArrayBuffer.isView(value) ? value.buffer : value;
  if (!types.isArrayBuffer(buffer)) {
    const shared = types.isSharedArrayBuffer(buffer) ? 'a SharedArrayBuffer, which threads share anyway' : 'no buffer';
    throw new TypeError(`transfer() moves an ArrayBuffer or a view of one; this is ${shared}`);
  }
  moving.add(buffer);
  hasMarked = true;
  return value;
}

/** Whether `buffer` was marked by `transfer()`. */
export function isMoving(buffer: ArrayBuffer): boolean {
  return moving.has(buffer);
}

/** A message has the bytes of these buffers: they go, at once or when it has arrived. */
export function moved(buffers: readonly ArrayBuffer[]): void {
  if (leaving === null) detach(buffers);
  else leaving.push(...buffers);
}

/**
 * Runs `write`, which packs a message that may be refused by whom it is for. Returns the buffers that must be detached once it is not,
 * null if there are none.
 */
export function movingLater(write: () => void): readonly ArrayBuffer[] | null {
  const before = leaving;
  const mine: ArrayBuffer[] = [];
  leaving = mine;
  try {
    write();
  } finally {
    leaving = before;
  }
  return mine.length > 0 ? mine : null;
}

/** Detaches buffers whose bytes were sent. One that was sent twice meanwhile is detached once. */
export function detach(buffers: readonly ArrayBuffer[]): void {
  for (const buffer of buffers) if (moving.delete(buffer)) structuredClone(buffer, { transfer: [buffer] });
}
