/**
 * Tasks: futures with what it takes to run them, and the running.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import { preloadModules } from '../capture/modules.js';
import { ADDRESS, handleAt } from '../heap/handle.js';
import { i32 } from '../heap/memory.js';
import { release, retain } from '../heap/records.js';
import { ASKED, FINAL } from '../park/meeting.js';
import { isAsked, isDone } from '../park/outcome.js';
import { putDown, takeUp, Task as TaskWord } from '../park/pool.js';
import { explainFrozen } from '../threading/frozen-hint.js';
import { isThenable, runTarget, type Target } from '../threading/target.js';
import { modulesIn, pack } from '../wire/message.js';
import { clearSlot, takeSlot, Tag, writeSlot } from '../wire/slot.js';
import { type AnyFunction, type Chunk, runChunk } from './chunk.js';
import { codeFor, functionIn, modulesOf } from './code.js';
import { CancelledError } from './errors.js';
import { type Future, newFutureRecord } from './future.js';
import { serveInbox, whenSoFar } from './inbox.js';
import { hasProcesses } from './pool.js';
import { FutureWord as Word } from './types.js';
import { settleError, settleValue } from './value.js';

/** How a task's arguments stand in its slot. */
export const Form = { NONE: 0, ONE: 1, LIST: 2, CHUNK: 3 } as const;

const CHUNK_PATH = { path: 'items' };

/** A new task for the pool, with a reference for the caller. Throws what keeps it from being sent; nothing is left then. */
export function newTask(pool: number, fn: Target<never[]>, args: readonly unknown[] | Chunk, priority: number): number {
  const record = newFutureRecord();
  retain(record);
  i32[record + TaskWord.PRIORITY] = priority;
  try {
    const portable = hasProcesses(pool);
    i32[record + Word.CODE] = codeFor(fn, portable);
    if (portable) packArguments(record, args);
    else if (!Array.isArray(args)) {
      writeSlot(record + Word.ARGS, args, CHUNK_PATH);
      i32[record + Word.FORM] = Form.CHUNK;
    } else if (args.length === 1) {
      writeSlot(record + Word.ARGS, args[0], 'args[0]');
      i32[record + Word.FORM] = Form.ONE;
    } else if (args.length > 1) {
      writeSlot(record + Word.ARGS, args, 'args');
      i32[record + Word.FORM] = Form.LIST;
    }
  } catch (error) {
    release(record);
    throw error;
  }
  retain(pool);
  i32[record + TaskWord.POOL] = pool;
  return record;
}

/** As `newTask` does, for another process. */
function packArguments(record: number, args: readonly unknown[] | Chunk): void {
  let form: number = Form.LIST;
  let value: unknown = args;
  let path = 'args';
  if (!Array.isArray(args)) {
    form = Form.CHUNK;
    path = CHUNK_PATH.path;
  } else if (args.length <= 1) {
    if (args.length === 0) return;
    form = Form.ONE;
    [value] = args;
    path = 'args[0]';
  }
  i32[record + Word.ARGS] = pack(value, { path, portable: true });
  i32[record + Word.ARGS + 1] = Tag.MESSAGE;
  i32[record + Word.FORM] = form;
}

/** The task that a worker's loop runs, 0: none. Those that it runs meanwhile, for whoever waits, have a context of their own. */
let running = 0;
const within = new AsyncLocalStorage<number>();

/** What a task can know of itself. */
export class CurrentTask {
  private controller: AbortController | undefined;

  /** @internal */
  constructor(
    /** The task's future. */
    readonly future: Future,
  ) {}

  /** Whether somebody asked the task to end: `future.cancel({ running: true })`. Cheap enough for busy loops. */
  get cancelled(): boolean {
    return isAsked(this.future[ADDRESS]);
  }

  /**
   * Aborted when somebody asked the task to end. It fires when the worker's event loop turns: for asynchronous tasks. A
   * synchronous loop looks at `cancelled`.
   */
  get signal(): AbortSignal {
    if (this.controller === undefined) {
      const controller = new AbortController();
      this.controller = controller;
      const abort = () => {
        if (this.cancelled) controller.abort(new CancelledError(`${this.future.name} was asked to end`));
      };
      if (this.cancelled) abort();
      // Until the task's end: it may wait for nothing but this.
      else whenSoFar(this.future[ADDRESS], ASKED | FINAL, true, abort);
    }
    return this.controller.signal;
  }
}

const currents = new WeakMap<Future, CurrentTask>();

/**
 * The task that calls, undefined outside of tasks. No Python counterpart: there a running task cannot be asked to end.
 *
 * @example
 * pool.submit(() => { while (!currentTask()?.cancelled) step(); });
 * pool.submit((url: string) => fetch(url, { signal: currentTask()?.signal }), url);
 */
export function currentTask(): CurrentTask | undefined {
  const record = within.getStore() ?? running;
  if (record === 0 || isDone(record)) return undefined;
  const future = handleAt(record) as Future;
  let current = currents.get(future);
  if (current === undefined) currents.set(future, (current = new CurrentTask(future)));
  return current;
}

/** Ends the wait for the asynchronous task that a worker's loop runs. */
let interrupt: ((error: unknown) => void) | undefined;

/** An error that no task threw, from a callback: it is taken for the running task's, if there is one. */
export function blameTask(error: unknown): boolean {
  if (interrupt === undefined) return false;
  interrupt(error);
  return true;
}

const nothing = () => undefined;

/**
 * Runs a task that this thread has begun, for a worker's loop; a promise if it is asynchronous. `beforeEnd` is called just
 * before its outcome is told. Takes over the caller's reference on the task.
 */
export function runTask(record: number, beforeEnd: () => void): Promise<void> | undefined {
  running = record;
  const pending = perform(record, beforeEnd, true);
  if (pending === undefined) running = 0;
  return pending;
}

/** As `runTask`, for whoever waits for the task, in the middle of another one perhaps. */
export function runAside(record: number): void {
  void within.run(record, () => perform(record, nothing, false));
}

function perform(record: number, beforeEnd: () => void, inLoop: boolean): Promise<void> | undefined {
  takeUp(record);
  let result: unknown;
  try {
    const modules = modulesOf(i32[record + Word.CODE]);
    const args = record + Word.ARGS;
    if (i32[args + 1] === Tag.MESSAGE) modules.push(...modulesIn(i32[args]));
    result = modules.length === 0 ? call(record) : preloadModules(modules).then(() => call(record));
    // In here, since a getter may be what looks for `then`.
    if (isThenable(result)) return awaitResult(record, result, beforeEnd, inLoop);
  } catch (error) {
    fail(record, error, beforeEnd);
    return undefined;
  }
  succeed(record, result, beforeEnd);
  return undefined;
}

function call(record: number): unknown {
  const fn = functionIn(i32[record + Word.CODE]);
  const at = record + Word.ARGS;
  const args = takeSlot(at);
  clearSlot(at);
  return callWith(fn, i32[record + Word.FORM], args);
}

/** Calls a task's function with its arguments, which are of that form. */
export function callWith(fn: Target<never[]>, form: number, args: unknown): unknown {
  switch (form) {
    case Form.NONE:
      return typeof fn === 'function' ? (fn as () => unknown)() : runTarget(fn, [], undefined);
    case Form.ONE:
      return typeof fn === 'function' ? (fn as (arg: unknown) => unknown)(args) : runTarget(fn, [args], undefined);
    case Form.LIST:
      return runTarget(fn, args as unknown[], undefined);
    default:
      return runChunk(
        typeof fn === 'function' ? (fn as AnyFunction) : (...each) => runTarget(fn, each, undefined),
        args as Chunk,
      );
  }
}

async function awaitResult(
  record: number,
  result: PromiseLike<unknown>,
  beforeEnd: () => void,
  inLoop: boolean,
): Promise<void> {
  try {
    const value = await (inLoop
      ? new Promise((resolve, reject) => {
          interrupt = reject;
          result.then(resolve, reject);
        })
      : result);
    if (inLoop) interrupt = undefined;
    succeed(record, value, beforeEnd);
  } catch (error) {
    if (inLoop) interrupt = undefined;
    fail(record, error, beforeEnd);
  }
  if (inLoop) running = 0;
}

function succeed(record: number, value: unknown, beforeEnd: () => void): void {
  beforeEnd();
  try {
    settleValue(record, value, 'result');
  } catch (error) {
    settleError(record, error);
  }
  putDown(record);
  serveInbox();
}

function fail(record: number, error: unknown, beforeEnd: () => void): void {
  explainFrozen(error);
  beforeEnd();
  settleError(record, error);
  putDown(record);
  serveInbox();
}
