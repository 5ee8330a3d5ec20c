import { RuntimeError, SystemExit } from '../errors.js';
import { ADDRESS, Handle } from '../heap/handle.js';
import { Record } from '../heap/layout.js';
import { i32 } from '../heap/memory.js';
import { defineRecord, newRecord, release, retain } from '../heap/records.js';
import { stackOf } from '../host/stack.js';
import { writeError } from '../supervisor/output.js';
import { isHookless, NO_HOOK, replaceHook, takeHook } from '../supervisor/settings.js';
import { ThreadWord } from '../supervisor/thread-record.js';
import { discard, pack, peek } from '../wire/message.js';
import type { Thread } from './thread.js';
import { HOOK_TYPE } from './types.js';
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

/** Word of a hook's record with its message. */
const MESSAGE: number = Record.BODY;

defineRecord(HOOK_TYPE, { label: 'excepthook', dispose: (hook) => discard(i32[hook + MESSAGE]) });

/** The hook as this thread knows it, and the id of its record. */
let known: { id: number; hook: Excepthook } = { id: 0, hook: defaultExcepthook };

function hookAt(record: number): Excepthook {
  if (record <= 0) return defaultExcepthook;
  const id = i32[record + Record.ID];
  if (known.id !== id) known = { id, hook: peek(i32[record + MESSAGE]) as Excepthook };
  return known.hook;
}

/** The hook in force; the one of the record `otherwise` when there is none. */
function currentHook(otherwise: number): Excepthook {
  const hook = takeHook();
  try {
    return hookAt(hook === NO_HOOK ? otherwise : hook);
  } finally {
    if (hook > 0) release(hook);
  }
}

/**
 * Sets what is called with the uncaught errors of all threads, and returns what was before. Python's assignment to
 * `threading.excepthook`. The hook runs in the thread that failed, like a target; it is looked up when a thread fails.
 * null means none: then no Thread can be made, and those that exist have the hook that was in force when they were made.
 *
 * @throws CaptureError when the hook cannot travel to other threads.
 *
 * @example
 * const errors = new AtomicInt32();
 * setExcepthook(({ thread, value }) => { errors.add(1); console.error(thread.name, value); });
 */
export function setExcepthook(hook: Excepthook | null): Excepthook {
  if (hook !== null && typeof hook !== 'function') throw new TypeError('excepthook must be a function or null');
  const before = currentHook(0);
  if (hook === null) replaceHook(NO_HOOK);
  else replaceHook(hook === defaultExcepthook ? 0 : newHook(hook));
  return before;
}

function newHook(hook: Excepthook): number {
  const message = pack(hook, { path: 'excepthook', freeze: true });
  const record = newRecord(HOOK_TYPE, 1);
  i32[record + MESSAGE] = message;
  retain(record);
  known = { id: i32[record + Record.ID], hook };
  return record;
}

/** Throws while the hook is null. */
export function requireExcepthook(): void {
  if (isHookless()) {
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
    currentHook(i32[thread[ADDRESS] + ThreadWord.HOOK])(args);
  } catch (error) {
    // As in Python, it is the one error that is told: the hook is to be mended first.
    writeError(`Exception in threading.excepthook:\n${formatError(error)}\n`);
  }
}
