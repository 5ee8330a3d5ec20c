/**
 * Guests: workers that somebody else made (plain worker_threads, a test runner's) and that use the library. They join the
 * heap when they import it. Nobody watches over them and a terminated one can tell nobody, so they are buried when somebody
 * looks: by whoever lists the threads or asks for the memory's use.
 */
import { isMainThread, workerData } from 'node:worker_threads';
import * as atomic from '../heap/atomic.js';
import { Agent, agentAt, freeLatchesOf, self } from '../heap/agents.js';
import { MAX_AGENTS } from '../heap/layout.js';
import { i32, isFounder } from '../heap/memory.js';
import { osThreadExists } from '../host/os-thread.js';
import { onLoss } from '../park/burial.js';
import { buryAgent, die } from './death.js';
import { writeError } from './output.js';
import { endThread, hasEnded } from './thread-record.js';

const isOurs = typeof (workerData as { threadwork?: unknown } | null | undefined)?.threadwork === 'number';

if (!isMainThread && !isOurs && !isFounder) {
  i32[self.address + Agent.GUEST] = 1;
  // Its own exit handlers may still use what it has handles on: only the thread ends here.
  process.on('exit', () => {
    const thread = i32[self.address + Agent.THREAD];
    if (thread !== 0 && !hasEnded(thread)) endThread(thread);
  });
}

onLoss((error) => writeError(`threadwork: what a thread that died had just been given is lost: ${String(error)}\n`));

/** Buries the guests whose OS thread is gone. Where the platform does not tell, they stay. */
export function buryGuests(): void {
  for (let slot = 1; slot < MAX_AGENTS; slot++) {
    const agent = agentAt(slot);
    if (agent === 0 || i32[agent + Agent.GUEST] === 0 || osThreadExists(i32[agent + Agent.NATIVE_ID])) continue;
    // Of those who come at the same time one buries it.
    if (atomic.exchange(agent + Agent.GUEST, 0) === 0) continue;
    freeLatchesOf(agent);
    const thread = i32[agent + Agent.THREAD];
    if (thread !== 0) die(thread, agent);
    buryAgent(agent, 'a worker that was terminated');
  }
}
