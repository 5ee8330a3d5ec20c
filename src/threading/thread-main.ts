/**
 * What runs in a worker of the library: takes a thread, runs it, takes the next.
 *
 * A thread ends when its target has returned (or its promise has settled) and the event loop has turned once: so callbacks
 * that the target left ready still belong to it, and an unhandled rejection is its own. Then the worker is parked and takes
 * the next thread, unless this one left something behind (a timer, a server, a socket): then the worker goes, and what was
 * left ends with it.
 */
import { type MessagePort, parentPort, workerData } from 'node:worker_threads';
import { NotSendableError, RuntimeError, SystemExit } from '../errors.js';
import { assume, self } from '../heap/agents.js';
import { ADDRESS } from '../heap/handle.js';
import { i32 } from '../heap/memory.js';
import { isNamed, nameOf } from '../heap/records.js';
import { nameThisOsThread } from '../host/os-thread.js';
import { errorOfCaller } from '../host/stack.js';
import { disownAll } from '../park/errands.js';
import { onLoopEmpty } from '../park/liveness.js';
import { flushOutput, installOutput } from '../supervisor/thread-output.js';
import { die, type LastWord } from '../supervisor/death.js';
import { bind, endThread, takeMessage, ThreadWord as Word } from '../supervisor/thread-record.js';
import { nextThread } from '../supervisor/workers.js';
import { preloadModules } from '../capture/modules.js';
import { discard, modulesIn, pack, unpack } from '../wire/message.js';
import { loadPoolWork } from '../library.js';
import { followChainsIfAny } from './async-owner.js';
import { inBlankContext } from './blank-context.js';
import { explainFrozen } from './frozen-hint.js';
import { followDebugging, threadEnds } from '../diagnosis/debugging.js';
import { reportUncaught } from './excepthook.js';
import { type Fields, fieldsOf } from './portrait.js';
import { isThenable } from './target.js';
import { type Assignment, type Changes, setPlan, Thread, threadAt } from './thread.js';
import { dueEnding } from './thread-end.js';

/** The thread that runs now, while it can still fail. */
let running: Thread | undefined;
let spoilt = false;
/** The event loop has nothing to wait for. */
let isIdle = false;
/** The thread that this worker was made for, and runs no other after: it has limits of its own. 0: it takes what comes. */
const { threadwork: reserved, supervisor = parentPort } = workerData as {
  readonly threadwork: number;
  /** Where what the supervisor is to know goes; whom it made, it hears itself. */
  readonly supervisor?: MessagePort;
};
/** Whether the running thread failed: then locks that it still holds are abandoned. */
let failed = false;

installOutput();

process.on('uncaughtException', (error) => {
  const thread = running;
  spoilt = true;
  if (thread === undefined) return;
  if (i32[thread[ADDRESS] + Word.POOL] !== 0) {
    // A task's callback: the thread goes on with the next task.
    if (!loadPoolWork().blameTask(error)) report(error, thread);
    return;
  }
  report(error, thread);
  conclude(thread);
});

// process.exit() in a thread, or the end of a worker that could not be kept: whatever still runs dies here.
process.on('exit', (code) => {
  flushOutput();
  supervisor?.postMessage({ how: isIdle ? 'idle' : 'exit', code } satisfies LastWord);
  if (running === undefined) return;
  die(running[ADDRESS], self.address);
});
// Comes before an exit that nobody asked for.
onLoopEmpty(() => {
  isIdle = true;
  // The death of a pool's thread is told by its task.
  if (running === undefined || i32[running[ADDRESS] + Word.POOL] !== 0) return;
  spoilt = true;
  const whose = concluding === running ? 'asyncDispose() of a local' : 'the target';
  fail(errorOfCaller(RuntimeError, `the promise that ${whose} returned ${NEVER_SETTLES}`), running);
});

const NEVER_SETTLES = 'can never settle: its thread has no timer, no socket and no other wait left that could do it';

/** A timer that does not keep the event loop alive would fire in the next thread: whoever makes one spoils the worker. */
const timer = setTimeout(() => undefined, 0);
clearTimeout(timer);
const timeouts = Object.getPrototypeOf(timer) as NodeJS.Timeout;
const { unref } = timeouts;
timeouts.unref = function (this: NodeJS.Timeout) {
  spoilt = true;
  return unref.call(this);
};

function listeners(): number {
  let count = 0;
  for (const name of process.eventNames()) count += process.listenerCount(name);
  return count;
}

/** On `process`, in a worker that ran no thread yet: those that a thread adds are not the next one's. */
const ownListeners = listeners();

function report(error: unknown, thread: Thread): void {
  failed ||= !(error instanceof SystemExit);
  flushOutput();
  explainFrozen(error);
  reportUncaught(error, thread);
}

function begin(record: number): void {
  assume(i32[record + Word.IDENT], record);
  bind(record);
  followDebugging();
  followChainsIfAny();
  const thread = threadAt(record);
  running = thread;
  nameThisOsThread(i32[record + Word.NATIVE_ID], isNamed(record) ? nameOf(record) : '');
  if (i32[record + Word.POOL] !== 0) {
    settleResult(loadPoolWork().servePool(record), thread, undefined);
    return;
  }
  const job = i32[record + Word.JOB];
  const modules = modulesIn(job);
  if (modules.length === 0) run(thread, record);
  else
    preloadModules(modules).then(
      () => run(thread, record),
      (error: unknown) => fail(error, thread),
    );
}

function fail(error: unknown, thread: Thread): void {
  report(error, thread);
  conclude(thread);
}

function run(thread: Thread, record: number): void {
  let before: Fields | undefined;
  try {
    const job = takeMessage(record, Word.JOB);
    const { type, this: fields, target, args, kwargs } = unpack(job) as Assignment;
    if (type !== undefined) Object.setPrototypeOf(thread, type.prototype as object);
    if (fields !== undefined) Object.assign(thread, fields);
    setPlan(thread, { target, args, kwargs, limits: undefined });
    if (type !== undefined) before = fieldsOf(thread);
    const result = thread.run();
    if (isThenable(result)) settleResult(result, thread, before);
    else finish(thread, before);
  } catch (error) {
    report(error, thread);
    finish(thread, before);
  }
}

/** Ends the thread when its target's promise settles. */
function settleResult(result: PromiseLike<unknown>, thread: Thread, before: Fields | undefined): void {
  // Somebody else's thenable may call back twice, or throw afterwards.
  Promise.resolve(result).then(
    () => finish(thread, before),
    (error: unknown) => {
      report(error, thread);
      finish(thread, before);
    },
  );
}

/** The target is done: its fields go back to whoever joins. */
function finish(thread: Thread, before: Fields | undefined): void {
  try {
    const changes = changesOf(thread, before);
    if (changes !== undefined) i32[thread[ADDRESS] + Word.RESULT] = packChanges(changes, thread);
  } catch (error) {
    report(error, thread);
  }
  conclude(thread);
}

/** A field that cannot be sent is reported, and the others are sent. */
function packChanges(changes: Changes, thread: Thread): number {
  try {
    return pack(changes, '');
  } catch (error) {
    if (!(error instanceof NotSendableError)) throw error;
    report(error, thread);
    const fields = changes.this;
    for (const key of Reflect.ownKeys(fields)) {
      if (!isSendable({ [key]: fields[key] })) Reflect.deleteProperty(fields, key);
    }
    return pack(changes, '');
  }
}

function isSendable(field: object): boolean {
  try {
    discard(pack(field, 'this'));
    return true;
  } catch {
    return false;
  }
}

function changesOf(thread: Thread, before: Fields | undefined): Changes | undefined {
  if (Object.getPrototypeOf(thread) === Thread.prototype) return undefined;
  const written = fieldsOf(thread);
  const deleted = Reflect.ownKeys(before ?? {}).filter((key) => !Object.hasOwn(thread, key));
  for (const key of Reflect.ownKeys(written)) {
    const value = written[key];
    // What is an object may have changed inside.
    const isFixed = typeof value !== 'object' || value === null;
    if (isFixed && before !== undefined && Object.hasOwn(before, key) && Object.is(before[key], value))
      Reflect.deleteProperty(written, key);
  }
  return deleted.length > 0 || Reflect.ownKeys(written).length > 0 ? { this: written, deleted } : undefined;
}

/** Ends the thread after a turn of the event loop, and goes on with the next. */
function conclude(thread: Thread): void {
  if (concluding === thread) return;
  concluding = thread;
  setImmediate(() => {
    const ending = dueEnding();
    if (ending === undefined) end(thread);
    else void ending((error) => report(error, thread)).then(() => end(thread));
  });
}

let concluding: Thread | undefined;

/** The thread has ended: joiners go on, and this worker takes the next thread or goes. */
function end(thread: Thread): void {
  flushOutput();
  threadEnds();
  disownAll();
  const record = thread[ADDRESS];
  if (spoilt || reserved !== 0 || listeners() > ownListeners || !process.getActiveResourcesInfo().every(isOurs)) {
    running = undefined;
    conclusion(record);
    process.exit(0);
  }
  const following = nextThread(false, () => {
    running = undefined;
    assume(0, 0);
    conclusion(record);
  });
  if (following === 0) process.exit(0);
  inBlankContext(begin, following);
}

/** The record's last change: joiners go on; locks of a thread that failed pass to the next in line. */
function conclusion(record: number): void {
  if (failed) die(record, self.address);
  else endThread(record);
  failed = false;
}

/** The port to the supervisor is the only resource that a clean worker has; an immediate that runs counts no more. */
function isOurs(resource: string): boolean {
  return resource === 'MessagePort';
}

/** Runs threads for the rest of the worker's life. */
export function main(): void {
  supervisor?.postMessage('ready');
  const first = reserved === 0 ? nextThread(true, () => undefined) : reserved;
  if (first === 0) process.exit(0);
  begin(first);
}
