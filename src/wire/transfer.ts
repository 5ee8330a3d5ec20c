/**
 * Moving a buffer instead of copying it.
 */
import { types } from 'node:util';

const moving = new WeakSet<ArrayBuffer>();

/**
 * Marks a buffer to be moved with the next message that holds it: the receiver gets its bytes, and once it was sent the
 * buffer here is detached (its length is 0), as with `postMessage(…, [buffer])`. If sending fails it stays as it was.
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
  return value;
}

/** Whether `buffer` was marked by `transfer()`. */
export function isMoving(buffer: ArrayBuffer): boolean {
  return moving.has(buffer);
}

/** Detaches a buffer whose bytes are in a message. */
export function detach(buffer: ArrayBuffer): void {
  moving.delete(buffer);
  structuredClone(buffer, { transfer: [buffer] });
}
