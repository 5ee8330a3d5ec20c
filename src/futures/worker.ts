/**
 * What a pool's threads do: one task after the other. And what any of them does that waits for a task that is still on its own
 * pool's list: it runs that task itself, so that a pool whose workers all wait for each other's tasks goes on.
 */
import '../core.js';
import { Agent, self } from '../heap/agents.js';
import { i32 } from '../heap/memory.js';
import { release, retain } from '../heap/records.js';
import { clock } from '../host/clock.js';
import { block, blockAsync, type Steps } from '../park/drive.js';
import { FOREVER } from '../park/limit.js';
import { begin, notice, PENDING, stateOf } from '../park/outcome.js';
import { becomeFree, becomeReady, hasIdle, LEAVE, nextTask, Task } from '../park/pool.js';
import { nextTurn } from '../park/turns.js';
import { writeError } from '../supervisor/output.js';
import { ThreadWord } from '../supervisor/thread-record.js';
import { inBlankContext } from '../threading/blank-context.js';
import { runTarget, type Target } from '../threading/target.js';
import { formatError } from '../threading/traceback.js';
import { peek } from '../wire/message.js';
import { forgetFunctions } from './code.js';
import { onWait } from './future.js';
import { breakPool, hasProcesses, INITIALIZER } from './pool.js';
import { serveByProcess } from './process-worker.js';
import { runAside, runTask } from './task.js';

export { blameTask } from './task.js';

/** What tasks leave to the event loop (timers, sockets, rejections) gets a turn at least this often. */
const TURN_MS = 10;

/** The pool that this thread works for, 0: none. */
function ownPool(): number {
  const thread = i32[self.address + Agent.THREAD];
  return thread === 0 ? 0 : i32[thread + ThreadWord.POOL];
}

/** What the thread at `thread` does from its start to its end. */
export async function servePool(thread: number): Promise<void> {
  const pool = i32[thread + ThreadWord.POOL];
  if (hasProcesses(pool)) return serveByProcess(thread);
  const place = thread + ThreadWord.POOL_STATE;
  if (!(await initialise(pool))) return;
  becomeReady(place);
  const free = () => becomeFree(pool, place);
  let turned = clock();
  let ran = false;
  for (;;) {
    const steps = nextTask(pool, place);
    const step = steps.next();
    let task: number;
    if (step.done === true) task = step.value;
    else {
      // It stands in the queue of those who sleep. What the last tasks left to do comes first.
      if (ran) await nextTurn();
      ran = false;
      const rest = resume(steps, step.value as number);
      task = hasLeftovers() ? await blockAsync(rest, FOREVER) : block(rest, FOREVER);
      turned = clock();
    }
    if (task === LEAVE) break;
    ran = true;
    if (begin(task)) {
      const pending = inBlankContext(runTask, task, free);
      // Also for the jobs of promises that a synchronous task left.
      await pending;
    } else {
      notice(task);
      release(task);
      free();
    }
    if (clock() - turned > TURN_MS) {
      await nextTurn();
      turned = clock();
    }
  }
  forgetFunctions();
}

/** The rest of a wait that has begun. */
function* resume(steps: Steps<number>, first: number): Steps<number> {
  yield first;
  return yield* steps;
}

/** Whether the event loop has something to do that earlier tasks left. */
function hasLeftovers(): boolean {
  return process.getActiveResourcesInfo().some((resource) => resource !== 'MessagePort');
}

/** Runs the pool's initializer; false if it failed. */
async function initialise(pool: number): Promise<boolean> {
  if (i32[pool + INITIALIZER] === 0) return true;
  try {
    const { fn, args } = peek(i32[pool + INITIALIZER]) as { fn: Target<never[]>; args: readonly unknown[] };
    await runTarget(fn, args, undefined);
    return true;
  } catch (error) {
    const text = formatError(error);
    writeError(`Exception in initializer:\n${text}\n`);
    breakPool(
      pool,
      `A thread initializer failed, the thread pool is not usable anymore. It failed with ${text.split('\n').at(-1)}`,
    );
    return false;
  }
}

/** Takes a task of this thread's own pool that nobody has begun, to run it here. */
function takeOver(record: number): boolean {
  const pool = i32[record + Task.POOL];
  return pool !== 0 && pool === ownPool() && begin(record);
}

/** Asynchronous waits look again so often while a worker is free, who will take the task in a moment. */
const LOOK_AGAIN_MS = 1;

function helpLater(record: number): void {
  if (stateOf(record) !== PENDING) {
    release(record);
    return;
  }
  if (hasIdle(i32[record + Task.POOL])) {
    setTimeout(helpLater, LOOK_AGAIN_MS, record);
    return;
  }
  // The reference passes to the task's run.
  if (takeOver(record)) runAside(record);
  else release(record);
}

onWait(
  (record) => {
    if (!takeOver(record)) return;
    retain(record);
    runAside(record);
  },
  (record) => {
    const pool = i32[record + Task.POOL];
    if (pool === 0 || pool !== ownPool()) return;
    retain(record);
    setImmediate(helpLater, record);
  },
);
