/**
 * Threadwork: Python's `threading`, `queue` and `concurrent.futures` for TypeScript, on real OS threads that share one
 * memory.
 *
 * @module threadwork
 */
import './core.js';
import './complete.js';
import { provideModule } from './capture/modules.js';
// oxlint-disable-next-line import/no-self-import -- its own namespace is what it registers below
import * as library from './index.js';
import './heap-report.js';

export { capture } from './capture/declare.js';
export { type Configuration, configure } from './configure.js';
export type { ThreadDump, ThreadState } from './diagnosis/dump.js';
export { threadDump } from './diagnosis/lazy.js';
export { dumpLater } from './diagnosis/watchdog.js';
export type { DebugOptions } from './diagnosis/debugging.js';
export type { DeadlockReport, OnDeadlock } from './diagnosis/reaction.js';
export {
  AbandonedError,
  CaptureError,
  DeadlockError,
  HeapExhaustedError,
  NotSendableError,
  OverflowError,
  RuntimeError,
  TimeoutError,
  ValueError,
} from './errors.js';
export * from './futures/index.js';
export type { Handle } from './heap/handle.js';
export { type MemoryUsage, memoryUsage, type ThreadMemory } from './memory-usage.js';
export * from './queue/index.js';
export * from './shared/index.js';
export * from './threading/index.js';
export type { NotSendable, Sendable, Sent, SentArgs } from './wire/sendable.js';
export { transfer } from './wire/transfer.js';

// What a function uses of the library is found in the other thread, never captured.
provideModule('threadwork', library);
