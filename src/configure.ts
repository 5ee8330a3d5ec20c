import { told } from './arguments.js';
import { type DebugOptions, mustBeDebug, setDebugging } from './diagnosis/debugging.js';
import { type OnDeadlock, reactionFromEnvironment, setReaction } from './diagnosis/reaction.js';
import { mustBeServable, serveDumps } from './diagnosis/watchdog.js';
import { ValueError } from './errors.js';
import * as atomic from './heap/atomic.js';
import { Control } from './heap/layout.js';
import { isFounder, mustBeHeapLimit, setHeapLimit } from './heap/memory.js';
import { wholeVariable } from './host/variables.js';

/** Settings of the process; see {@link configure}. */
export interface Configuration {
  /**
   * Bytes of shared memory that may be used; default 1 GiB. Reserved, not taken: untouched pages cost nothing. At most the
   * reservation, 4 GiB; THREADWORK_HEAP_BYTES in the environment may reserve up to 8 GiB from Node 22 on.
   */
  heapBytes?: number | undefined;
  /** Workers that stay parked for the next threads when theirs have ended; default: one for each core, from 4 to 16. Each costs 5 to 10 MB. */
  warmThreads?: number | undefined;
  /**
   * What happens when threads wait for each other and nobody is left who could end that; default `'throw'`: a report on stderr,
   * and a DeadlockError in the thread that came last.
   */
  onDeadlock?: OnDeadlock | undefined;
  /**
   * Whether `threadwork dump PID` shows from outside what the threads do, and SIGQUIT prints it on stderr; default false. For
   * the user who runs the process, and nobody else.
   */
  dump?: boolean | undefined;
  /**
   * Debug mode, which warns on stderr of what could hang; default false. Each finding is told once:
   *
   * - locks that are acquired in a circle: a deadlock that could happen, though it did not
   * - a lock held across a wait for a thread's end, for a queue or for a result
   * - a lock still held when its thread ends
   * - a wait that lasts longer than 5 s, or than `{ slow }` says, in ms
   *
   * Set it before the first thread: it holds for the calling thread and for those started afterwards. An acquire takes some
   * 10 µs more in debug mode, and nothing more else.
   */
  debug?: boolean | DebugOptions | undefined;
}

const SETTINGS = ['heapBytes', 'warmThreads', 'onDeadlock', 'dump', 'debug'];
const MOST_WARM = 1024;

function mustBeWarm(count: number): void {
  if (Number.isInteger(count) && count >= 0 && count <= MOST_WARM) return;
  throw new ValueError(`warmThreads is ${told(count)}; it must be a whole number from 0 to ${MOST_WARM}`);
}

function setWarmThreads(count: number): void {
  atomic.store(Control.WARM_LIMIT, count);
}

/**
 * Changes settings of the whole process, at any time and from any thread. The environment variables THREADWORK_HEAP_BYTES,
 * THREADWORK_WARM_THREADS, THREADWORK_ON_DEADLOCK, THREADWORK_DUMP (1) and THREADWORK_DEBUG (1, or slow=MILLISECONDS) set the
 * same at the start; one that makes no sense is said so on stderr, and ignored.
 *
 * @throws TypeError for a setting that does not exist; ValueError for a value out of its range, CaptureError for a
 * function that cannot travel: then nothing changes.
 *
 * @example
 * configure({ heapBytes: 2 ** 31 });
 */
export function configure(settings: Configuration): void {
  if (typeof settings !== 'object' || settings === null) throw new TypeError('configure() takes an object of settings');
  for (const key of Object.keys(settings)) {
    if (!SETTINGS.includes(key)) {
      throw new TypeError(`configure() knows no setting ${key}; there are ${SETTINGS.join(', ')}`);
    }
  }
  const { heapBytes, onDeadlock, dump, debug, warmThreads } = settings;
  if (heapBytes !== undefined) mustBeHeapLimit(heapBytes);
  if (dump !== undefined) mustBeServable(dump);
  if (debug !== undefined) mustBeDebug(debug);
  if (warmThreads !== undefined) mustBeWarm(warmThreads);
  // What it is to be can be refused, too; then nothing has changed yet.
  if (onDeadlock !== undefined) setReaction(onDeadlock, 'onDeadlock');
  if (heapBytes !== undefined) setHeapLimit(heapBytes);
  if (dump !== undefined) serveDumps(dump);
  if (debug !== undefined) setDebugging(debug);
  if (warmThreads !== undefined) setWarmThreads(warmThreads);
}

if (isFounder) {
  const warm = wholeVariable('THREADWORK_WARM_THREADS', 0, MOST_WARM, '');
  if (warm !== undefined) setWarmThreads(warm);
  reactionFromEnvironment();
}
