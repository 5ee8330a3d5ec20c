/**
 * What runs in a process of a pool: takes a task, runs it, sends what came of it, until it is asked to end or the pool's own
 * process is gone. The process has a heap of its own, and threads if its tasks start some.
 */
import { preloadModules } from '../capture/modules.js';
import { NotSendableError, SystemExit } from '../errors.js';
import { adoptLoaders } from '../host/loaders.js';
import '../index.js';
import { writeError } from '../supervisor/output.js';
import { explainFrozen } from '../threading/frozen-hint.js';
import { keepMainOnExit } from '../threading/functions.js';
import { isThenable, runTarget, type Target } from '../threading/target.js';
import { formatError } from '../threading/traceback.js';
import { beginNumbersAt } from '../wire/identities.js';
import { bytesOf, discard, fromBytes, modulesIn, pack, type PackOptions, unpack } from '../wire/message.js';
import type { Begin, Begun, Call, Reply, Useless } from './child.js';
import { callWith } from './task.js';
import { OWN_MESSAGE } from './types.js';

/** Functions that are sent once, by their numbers. */
const kept = new Map<number, Target<never[]>>();

/** Ends the wait for the running task when a callback that it left throws. */
let interrupt: ((error: unknown) => void) | undefined;
/** What must be done before the next task. */
let ready: Promise<boolean> = Promise.resolve(true);

/** Tells the pool's process, if that is still there. */
function tell(message: Begun | Reply | Useless): void {
  if (process.connected) process.send?.({ ...message, [OWN_MESSAGE]: true }, undefined, undefined, () => undefined);
}

async function read(bytes: Uint8Array): Promise<unknown> {
  const message = fromBytes(bytes);
  const modules = modulesIn(message);
  if (modules.length > 0) {
    try {
      await preloadModules(modules);
    } catch (error) {
      discard(message);
      throw error;
    }
  }
  return unpack(message);
}

async function begin({ loaders, firstFunction, initializer }: Begin): Promise<boolean> {
  tell({ begun: true });
  adoptLoaders(loaders);
  beginNumbersAt(firstFunction);
  if (initializer === null) return true;
  try {
    const { fn, args } = (await read(initializer)) as { fn: Target<never[]>; args: readonly unknown[] };
    await runTarget(fn, args, undefined);
    return true;
  } catch (error) {
    const text = formatError(error);
    writeError(`Exception in initializer:\n${text}\n`);
    const last = text.split('\n').at(-1);
    tell({ useless: `A process initializer failed, the process pool is not usable anymore. It failed with ${last}` });
    return false;
  }
}

async function perform({ form, id, fn, args }: Call): Promise<Reply> {
  try {
    let target = kept.get(id);
    if (fn !== null) {
      target = (await read(fn)) as Target<never[]>;
      if (id !== 0) kept.set(id, target);
    }
    const given = args === null ? undefined : await read(args);
    const pending = callWith(target as Target<never[]>, form, given);
    const value = isThenable(pending) ? await interruptible(pending) : pending;
    return { failed: false, bytes: encode(value, { path: 'result', portable: true }) };
  } catch (error) {
    explainFrozen(error);
    return { failed: true, bytes: encodeError(error) };
  } finally {
    interrupt = undefined;
  }
}

function interruptible(pending: PromiseLike<unknown>): Promise<unknown> {
  return new Promise((resolve, reject) => {
    interrupt = reject;
    pending.then(resolve, reject);
  });
}

function encode(value: unknown, options: PackOptions): Uint8Array {
  const message = pack(value, options);
  const bytes = bytesOf(message);
  discard(message);
  return bytes;
}

function encodeError(thrown: unknown): Uint8Array {
  const options = { path: 'exception', lenient: true, portable: true };
  // An exit that was asked for while the result was being read is an outcome like any other.
  const error = thrown instanceof NotSendableError && thrown.cause instanceof SystemExit ? thrown.cause : thrown;
  try {
    return encode(withTraceback(error), options);
  } catch (failure) {
    return encode(failure, options);
  }
}

/** What another process threw has its stack there in its cause, as Python has it: a text, since its own stack is no more. */
function withTraceback(error: unknown): unknown {
  if (!(error instanceof Error) || !Object.isExtensible(error)) return error;
  const text = `in process ${process.pid}:\n${formatError(error)}`;
  const before = error.cause === undefined ? undefined : { cause: error.cause };
  const cause = Object.assign(new Error(text, before), { stack: `RemoteTraceback: ${text}` });
  Object.defineProperty(cause, 'name', { value: 'RemoteTraceback', configurable: true, writable: true });
  Object.defineProperty(error, 'cause', { value: cause, configurable: true, writable: true, enumerable: false });
  return error;
}

keepMainOnExit();

process.on('uncaughtException', (error) => {
  // From a callback: it is taken for the running task's, if there is one.
  if (interrupt === undefined) writeError(`Exception in process ${process.pid}:\n${formatError(error)}\n`);
  else interrupt(error);
});

// Without the pool's process nobody wants anything of this one.
process.on('disconnect', () => process.exit());

process.on('message', (message: Begin | Call | null) => {
  if (message === null) {
    // Threads that a task started are waited for on `exit`; what else it left to the event loop ends here.
    setImmediate(() => process.exit());
  } else if ('loaders' in message) ready = begin(message);
  else {
    void ready.then(async (isReady) => {
      if (isReady) tell(await perform(message));
    });
  }
});
