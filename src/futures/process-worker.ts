/**
 * What a thread of a pool of processes does: it has a process, gives it one task after the other and settles their futures.
 *
 * So the pool's accounts are those of a pool of threads, and a thread that blocks for a future never keeps the answer from
 * being read. A task goes to a process only when that is idle: until then it can be cancelled, and no process stands idle
 * while tasks wait behind a long one in another.
 */
import { HeapExhaustedError } from '../errors.js';
import { i32 } from '../heap/memory.js';
import { release } from '../heap/records.js';
import { blockAsync } from '../park/drive.js';
import { FOREVER } from '../park/limit.js';
import { begin, notice } from '../park/outcome.js';
import { becomeFree, becomeReady, BROKEN, flagsOf, LEAVE, nextTask, putDown, takeUp } from '../park/pool.js';
import { ThreadWord } from '../supervisor/thread-record.js';
import { bytesOf, fromBytes } from '../wire/message.js';
import { clearSlot, dropSlot, Tag } from '../wire/slot.js';
import { Child, type Reply } from './child.js';
import { foreignFunction } from './code.js';
import { breakPool, brokenError, INITIALIZER, processesOf } from './pool.js';
import { enterProcess, signalOf, strikeProcess, tasksPerChild } from './processes.js';
import { FutureWord as Word } from './types.js';
import { settleError, settleMessage } from './value.js';

/** What the thread at `thread` does from its start to its end. */
export async function serveByProcess(thread: number): Promise<void> {
  const pool = i32[thread + ThreadWord.POOL];
  const place = thread + ThreadWord.POOL_STATE;
  const most = tasksPerChild(processesOf(pool));
  let child: Child | undefined = start(pool, thread);
  becomeReady(place);
  for (;;) {
    const task = await blockAsync(nextTask(pool, place), FOREVER);
    if (task === LEAVE) break;
    if (!begin(task)) {
      notice(task);
      release(task);
      becomeFree(pool, place);
      continue;
    }
    takeUp(task);
    child ??= start(pool, thread);
    const reply = await child.run(callOf(child, task));
    if (reply === null) child = undefined;
    becomeFree(pool, place);
    settleWith(pool, task, reply);
    putDown(task);
    if (child?.tasks === most) {
      await child.end();
      child = undefined;
    }
  }
  await child?.end();
}

/** Starts a process of the thread. Whatever becomes of it, it ends the pool unless it was asked to end. */
function start(pool: number, thread: number): Child {
  const processes = processesOf(pool);
  const initializer = i32[pool + INITIALIZER];
  return new Child(initializer === 0 ? null : bytesOf(initializer), {
    started: (pid) => enterProcess(processes, thread, pid),
    ended: (pid, why, how) => {
      if (pid !== 0) strikeProcess(processes, thread, pid);
      if (why !== 'as asked') breakWith(pool, why, how);
    },
    useless: (cause) => breakPool(pool, cause),
  });
}

function breakWith(pool: number, why: 'abruptly' | 'at its start', how: string): void {
  if ((flagsOf(pool) & BROKEN) !== 0) return;
  const signal = signalOf(processesOf(pool));
  if (signal !== undefined) {
    const method = signal === 'SIGTERM' ? 'terminateWorkers' : 'killWorkers';
    breakPool(pool, `The process pool was ended by ${method}() while the future was running.\n${how}`);
  } else if (why === 'abruptly') {
    breakPool(
      pool,
      `A process in the process pool was terminated abruptly while the future was running or pending.\n${how}`,
    );
  } else breakPool(pool, `A process of the process pool could not be started.\n${how}`);
}

/** What the process is told of the task; the arguments are given up. */
function callOf(child: Child, task: number) {
  const { id, bytes } = foreignFunction(i32[task + Word.CODE]);
  const at = task + Word.ARGS;
  const args = i32[at + 1] === Tag.MESSAGE ? bytesOf(i32[at]) : null;
  dropSlot(at);
  clearSlot(at);
  return { form: i32[task + Word.FORM], id, fn: child.needs(id) ? bytes : null, args };
}

function settleWith(pool: number, task: number, reply: Reply | null): void {
  if (reply === null) {
    settleError(task, brokenError(pool));
    return;
  }
  try {
    const message = fromBytes(reply.bytes);
    settleMessage(task, message, reply.failed);
  } catch (error) {
    if (!(error instanceof HeapExhaustedError)) throw error;
    settleError(task, error);
  }
}
