/**
 * Python's `threading`: threads, locks and what goes with them.
 *
 * @module threadwork/threading
 */
import '../core.js';
import { provideModule } from '../capture/modules.js';
// oxlint-disable-next-line import/no-self-import -- its own namespace is what it registers below
import * as library from './index.js';

export { BrokenBarrierError, RuntimeError as ThreadError, SystemExit } from '../errors.js';
export { seconds, TIMEOUT_MAX, type Wait, type WaitOptions } from '../park/limit.js';
export { Barrier, type BarrierOptions } from './barrier.js';
export { Condition } from './condition.js';
export { Event } from './event.js';
export { defaultExcepthook, type Excepthook, type ExcepthookArgs, setExcepthook } from './excepthook.js';
export {
  activeCount,
  currentThread,
  enumerate,
  exit,
  getIdent,
  getNativeId,
  mainThread,
  sleep,
  sleepAsync,
  stackSize,
} from './functions.js';
export { type Acquirable, type AcquireOptions, Guard, type Holdable } from './guard.js';
export { SerializedIterator, serializeIterator, synchronizedIterator } from './iterators.js';
export { concurrentTee, type TeeIterator } from './iterators-tee.js';
export { Local, local } from './local.js';
export { Lock } from './lock.js';
export { registerAtExit } from './process-end.js';
export { RLock } from './rlock.js';
export { RWLock, RWLockSide } from './rw-lock.js';
export { BoundedSemaphore, Semaphore } from './semaphore.js';
export type { ModuleTarget, Target } from './target.js';
export { type KeywordOptions, Thread, type ThreadOptions } from './thread.js';
export { Timer } from './timer.js';

// What a function uses of this module is found in the other thread, never captured.
provideModule('threadwork/threading', library);
