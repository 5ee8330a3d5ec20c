/**
 * Python's `concurrent.futures`: tasks in pools of threads or processes, and the futures that stand for their results.
 *
 * @module threadwork/futures
 */
import '../core.js';
import { provideModule } from '../capture/modules.js';
// oxlint-disable-next-line import/no-self-import -- its own namespace is what it registers below
import * as library from './index.js';

export { asCompleted, type CompletedFuture } from './as-completed.js';
export { BrokenExecutor, BrokenProcessPool, BrokenThreadPool, CancelledError, InvalidStateError } from './errors.js';
export { Executor, type ShutdownOptions } from './executor.js';
export { Future, type FutureSnapshot } from './future.js';
export type { MapInputs, MapOptions, MapResult } from './map.js';
export { type CurrentTask, currentTask } from './task.js';
export { run, ThreadPoolExecutor, type ThreadPoolOptions } from './thread-pool.js';
export { ProcessPoolExecutor, type ProcessPoolOptions } from './process-pool.js';
export {
  type DoneAndNotDone,
  type FuturesWaitOptions,
  type ResultOf,
  type ReturnWhen,
  wait,
  waitAsync,
} from './wait.js';

// What a function uses of this module is found in the other thread, never captured.
provideModule('threadwork/futures', library);
