/**
 * Portraits: what a thread of a user's subclass is to threads that neither made it nor are it. Its class and its fields, as
 * they are when its object is first sent; so `worker.stop()` and `timer.cancel()` work from everywhere.
 */
import { NotSendableError } from '../errors.js';
import { ADDRESS, Handle } from '../heap/handle.js';
import { i32 } from '../heap/memory.js';
import { keepPortrait, ThreadWord as Word } from '../supervisor/thread-record.js';
import { discard, pack, peek } from '../wire/message.js';

interface Portrait {
  readonly type: { readonly prototype: object };
  readonly fields: Record<string, unknown>;
}

/** The fields that the user's class put on the object. */
export function fieldsOf(thread: Handle): Record<string, unknown> {
  return Object.fromEntries(Object.entries(thread));
}

function isOfSubclass(thread: Handle): boolean {
  return Object.getPrototypeOf(Object.getPrototypeOf(thread)) !== Handle.prototype;
}

/** Records of the threads that are being drawn: one may mention itself. */
const drawing = new Set<number>();

/** Makes the thread's portrait, unless there is one: its object is about to be sent. */
export function draw(thread: Handle): void {
  const record = thread[ADDRESS];
  if (i32[record + Word.PORTRAIT] !== 0 || !isOfSubclass(thread) || drawing.has(record)) return;
  drawing.add(record);
  try {
    const portrait: Portrait = { type: thread.constructor as never, fields: fieldsOf(thread) };
    const message = pack(portrait, { path: thread.name });
    if (!keepPortrait(record, message)) discard(message);
  } catch (error) {
    // What cannot be sent is no other thread's business: the thread itself can be, without class and fields.
    if (!(error instanceof NotSendableError)) throw error;
  } finally {
    drawing.delete(record);
  }
}

/** Gives a bare thread object its class and fields, where they were sent. */
export function dress(thread: Handle): Handle {
  const message = i32[thread[ADDRESS] + Word.PORTRAIT];
  if (message === 0) return thread;
  try {
    const { type, fields } = peek(message) as Portrait;
    Object.setPrototypeOf(thread, type.prototype);
    Object.assign(thread, fields);
  } catch {
    // A class that this thread cannot have: it can be joined nevertheless.
  }
  return thread;
}
