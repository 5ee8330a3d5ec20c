import { RuntimeError, SystemExit } from '../errors.js';
import { Handle } from '../heap/handle.js';
import { stackOf } from '../host/stack.js';
import { writeError } from '../supervisor/output.js';
import { hookMessage, replaceHookMessage } from '../supervisor/settings.js';
import { discard, pack, peek } from '../wire/message.js';
import type { Thread } from './thread.js';
import { formatError } from './traceback.js';

/** What an excepthook is given: one uncaught error of a thread. */
export interface ExcepthookArgs {
  /** Class of the error; undefined when something that is no object was thrown. */
  readonly type: (abstract new (...args: never[]) => unknown) | undefined;
  /** What was thrown. */
  readonly value: unknown;
  /** Its stack, with the positions in the user's source; null when it has none. */
  readonly traceback: string | null;
  /** The thread that it ended. */
  readonly thread: Thread;
}

/** Called with an uncaught error of a thread, in that thread. */
export type Excepthook = (args: ExcepthookArgs) => void;

/**
 * The hook that is in force unless another was set: prints `Exception in thread <name>:`, the stack and the error to stderr;
 * nothing for {@link exit}. Python's `threading.__excepthook__`.
 */
export const defaultExcepthook: Excepthook = (args) => {
  if (!(args?.thread instanceof Handle)) throw new TypeError('an excepthook takes { value, thread, … }');
  if (args.value instanceof SystemExit) return;
  writeError(`Exception in thread ${args.thread.name}:\n${formatError(args.value)}\n`);
};

/** Stands for "set to null". */
const NONE = -1;

/** The hook as this thread knows it, and the message that it came from. */
let known: { message: number; hook: Excepthook } = { message: 0, hook: defaultExcepthook };

function hookAt(message: number): Excepthook {
  if (message === 0 || message === NONE) return defaultExcepthook;
  if (known.message !== message) known = { message, hook: peek(message) as Excepthook };
  return known.hook;
}

/**
 * Sets what is called with the uncaught errors of all threads, and returns what was before. Python's assignment to
 * `threading.excepthook`. The hook runs in the thread that failed, like a target; it is looked up when a thread fails.
 * null means none: then the default prints, and no Thread can be made.
 *
 * @throws CaptureError when the hook cannot travel to other threads.
 *
 * @example
 * const errors = new AtomicInt32();
 * setExcepthook(({ thread, value }) => { errors.add(1); console.error(thread.name, value); });
 */
export function setExcepthook(hook: Excepthook | null): Excepthook {
  if (hook !== null && typeof hook !== 'function') throw new TypeError('excepthook must be a function or null');
  const before = hookAt(hookMessage());
  let message = 0;
  if (hook === null) message = NONE;
  else if (hook !== defaultExcepthook) message = pack(hook, { path: 'excepthook', freeze: true });
  const old = replaceHookMessage(message);
  if (hook !== null && message > 0) known = { message, hook };
  // Another thread may be decoding it just now: hooks are few, and the old one is kept until that cannot be.
  retired.push(old);
  if (retired.length > RETIRED_KEPT) {
    const oldest = retired.shift() as number;
    if (oldest > 0) discard(oldest);
  }
  return before;
}

const RETIRED_KEPT = 16;
const retired: number[] = [];

/** Throws while the hook is null. */
export function requireExcepthook(): void {
  if (hookMessage() === NONE) {
    throw new RuntimeError('the excepthook is null; set one with setExcepthook() before making threads');
  }
}

/** Hands an uncaught error of `thread` to the hook. Never throws. */
export function reportUncaught(value: unknown, thread: Thread): void {
  const args: ExcepthookArgs = {
    type: typeof value === 'object' && value !== null ? (value.constructor as ExcepthookArgs['type']) : undefined,
    value,
    traceback: value instanceof Error ? (stackOf(value) ?? null) : null,
    thread,
  };
  try {
    hookAt(hookMessage())(args);
  } catch (error) {
    writeError(`Exception in threading.excepthook:\n${formatError(error)}\n`);
    defaultExcepthook(args);
  }
}
