/**
 * What happens when threads are stuck: the setting `onDeadlock`, in the control block for all threads.
 */
import { told } from '../arguments.js';
import { ValueError } from '../errors.js';
import * as atomic from '../heap/atomic.js';
import { Control } from '../heap/layout.js';
import { variable } from '../host/variables.js';
import { pack, peek } from '../wire/message.js';

/** What a function set as `onDeadlock` is given. */
export interface DeadlockReport {
  /** false: a circle of locks that lasts, though some thread that still runs could resolve it, or a hang that only a signal could end. */
  readonly certain: boolean;
  /** The report as it would be printed: every stuck thread, what it waits for, who has that, and where. */
  readonly text: string;
  /** Names of the stuck threads. */
  readonly threads: readonly string[];
}

/**
 * What to do about a deadlock: `'throw'` a DeadlockError in the thread that came last, after printing the report, so that
 * the others can go on (the default); `'report'` only prints; `'exit'` prints and ends the process at once; `'ignore'` does
 * nothing; a function is called with the report instead, in a thread that found it.
 */
export type OnDeadlock = 'throw' | 'report' | 'exit' | 'ignore' | ((report: DeadlockReport) => void);

const WORDS = ['throw', 'report', 'exit', 'ignore'] as const;
const FUNCTION: number = WORDS.length;

/** Reads what stands in the environment. */
export function reactionFromEnvironment(): void {
  const word = variable('THREADWORK_ON_DEADLOCK', `one of ${WORDS.join(', ')}`, (text) =>
    WORDS.find((w) => w === text),
  );
  if (word !== undefined) setReaction(word, 'THREADWORK_ON_DEADLOCK');
}

/** Sets it. The function runs in another thread than this one, and is captured as a target is. */
export function setReaction(value: OnDeadlock, source: string): void {
  const word = typeof value === 'function' ? FUNCTION : WORDS.indexOf(value);
  if (word < 0) {
    throw new ValueError(
      `${source} is ${told(value)}; it must be ${WORDS.map((w) => `'${w}'`).join(', ')} or a function`,
    );
  }
  // A function that was set before is kept: a thread may be decoding it just now, and there are few.
  if (typeof value === 'function') atomic.store(Control.DEADLOCK_HOOK, pack(value, { path: source, freeze: true }));
  atomic.store(Control.ON_DEADLOCK, word);
}

/** What is set. */
export function reactionTo(): OnDeadlock {
  const word = atomic.load(Control.ON_DEADLOCK);
  return word === FUNCTION ? (peek(atomic.load(Control.DEADLOCK_HOOK)) as OnDeadlock) : (WORDS[word] as OnDeadlock);
}
