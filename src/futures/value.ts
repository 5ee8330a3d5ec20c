/**
 * What futures hold, as this thread sees it. The heap keeps the encoded value for every thread that asks; within one it is
 * decoded once, so that a future always gives the same object.
 */
import { HeapExhaustedError, TimeoutError } from '../errors.js';
import * as atomic from '../heap/atomic.js';
import { Agent, self } from '../heap/agents.js';
import { free } from '../heap/allocator.js';
import { ADDRESS } from '../heap/handle.js';
import { Record } from '../heap/layout.js';
import { i32 } from '../heap/memory.js';
import { nameOf } from '../heap/records.js';
import { readText, writeText } from '../heap/text.js';
import { CANCELLED, FAILED, FINISHED, NOTIFIED, settle, stateOf, VALUE } from '../park/outcome.js';
import { rethrown } from '../wire/errors.js';
import { clearSlot, dropSlot, ownsSomething, peekSlot, Tag, takeSlot, writeSlot } from '../wire/slot.js';
import { CancelledError } from './errors.js';
import type { Future } from './future.js';
import { FutureWord as Word } from './types.js';

const decoded = new WeakMap<Future<unknown>, unknown>();
/** Futures whose content comes from this thread. */
const originals = new WeakSet<Future<unknown>>();

/** The value or the error of a future that has finished or failed. */
export function contentOf(future: Future<unknown>): unknown {
  const at = future[ADDRESS] + VALUE;
  const high = i32[at + 1];
  if (high === Tag.EMPTY) return new HeapExhaustedError('the result, and the error in its place, found no room');
  if (!ownsSomething(high)) return peekSlot(at);
  if (decoded.has(future)) return decoded.get(future);
  const content = peekSlot(at);
  decoded.set(future, content);
  return content;
}

/** Makes `content` what this thread sees in the future: it put it there itself. */
export function remember(future: Future<unknown>, content: unknown): void {
  originals.add(future);
  if ((typeof content === 'object' && content !== null) || typeof content === 'function') decoded.set(future, content);
}

/**
 * The value of a future that is done; throws its error, or CancelledError. The stack of another thread's error then shows where
 * it is thrown here, too, from whoever called `caller` on.
 */
export function resultOf<T>(future: Future<T>, caller: (...args: never[]) => unknown = resultOf): T {
  switch (stateOf(future[ADDRESS])) {
    case FINISHED:
      return contentOf(future) as T;
    case FAILED:
      throw withFrames(future, contentOf(future), caller);
    case CANCELLED:
    case NOTIFIED:
      throw new CancelledError(`${future.name} was cancelled`);
    default:
      throw new TimeoutError(`${future.name} is not done`);
  }
}

/**
 * As `resultOf`, for whoever asks no second time: a value is not kept for this thread, and where no other thread can ask for it
 * either the heap has its memory back at once, not when the future was collected.
 */
export function takeResult<T>(future: Future<T>): T {
  const at = future[ADDRESS] + VALUE;
  if (stateOf(future[ADDRESS]) !== FINISHED || i32[at + 1] !== Tag.MESSAGE || decoded.has(future))
    return resultOf(future);
  // The only reference is this thread's own: nobody can get another but from it.
  if (atomic.load(future[ADDRESS] + Record.REFS) !== 1) return peekSlot(at) as T;
  try {
    return takeSlot(at) as T;
  } finally {
    clearSlot(at);
  }
}

function withFrames(future: Future<unknown>, error: unknown, caller: (...args: never[]) => unknown): unknown {
  const culprit = i32[future[ADDRESS] + Word.CULPRIT];
  // An error that this thread put there is the original.
  return culprit === 0 || originals.has(future) ? error : rethrown(error, readText(culprit), caller);
}

const stage: number = self.address + Agent.STAGE;

/** Ends the future at `record` with `value`; false if it had ended. Throws what keeps the value from being sent. */
export function settleValue(record: number, value: unknown, path: string): boolean {
  writeSlot(stage, value, path);
  return settleStaged(record, FINISHED);
}

/**
 * Ends the future at `record` with an error; false if it had ended. An error always arrives: what cannot be sent inside it is
 * left out, and where it cannot be sent at all the error that says so takes its place.
 */
export function settleError(record: number, error: unknown): boolean {
  nameCulprit(record);
  let thrown = error;
  for (let attempt = 0; ; attempt++) {
    try {
      writeSlot(stage, thrown, { path: 'exception', lenient: true });
      break;
    } catch (failure) {
      if (attempt === 1) {
        clearSlot(stage);
        break;
      }
      thrown = failure;
    }
  }
  return settleStaged(record, FAILED);
}

/** Ends the future at `record` with the value or error in a message, which is its own then; false if it had ended. */
export function settleMessage(record: number, message: number, failed: boolean): boolean {
  if (failed) nameCulprit(record);
  i32[stage] = message;
  i32[stage + 1] = Tag.MESSAGE;
  return settleStaged(record, failed ? FAILED : FINISHED);
}

function nameCulprit(record: number): void {
  const thread = i32[self.address + Agent.THREAD];
  // The supervisor, on behalf of a thread that died.
  if (thread === 0) return;
  let name: number;
  try {
    name = writeText(nameOf(thread));
  } catch {
    // Without room for the name the stack has no line that says it.
    return;
  }
  if (atomic.compareExchange(record + Word.CULPRIT, 0, name) !== 0) free(name);
}

function settleStaged(record: number, state: number): boolean {
  if (settle(record, state, stage)) return true;
  dropSlot(stage);
  return false;
}
