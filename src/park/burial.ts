/**
 * Burial: what happens to the waits of a thread that is gone. Each algorithm says what must be done with a waiter of its
 * kind that nobody will ever resume: take it out of its queue, or pass on what it was given.
 */
import * as atomic from '../heap/atomic.js';
import { Agent, isBlockedNoMore } from '../heap/agents.js';
import { free } from '../heap/allocator.js';
import { Control } from '../heap/layout.js';
import { i32 } from '../heap/memory.js';
import { release } from '../heap/records.js';
import { Waiter } from './waiter.js';

type Burial = (waiter: number, object: number) => void;

const burials: Burial[] = [];

/** Says what to do with a waiter of `kind` whose thread is gone. */
export function defineBurial(kind: number, burial: Burial): void {
  burials[kind] = burial;
}

let complain: (error: unknown) => void = () => undefined;

/** Says who hears of it when something is lost because there was no memory to pass it on. */
export function onLoss(hear: (error: unknown) => void): void {
  complain = hear;
}

/** Ends all waits of the agent at `agent`, which runs no more. One that cannot be ended in order does not keep the rest. */
export function buryWaiters(agent: number): void {
  isBlockedNoMore(agent);
  if (i32[agent + Agent.LONG] !== 0) atomic.sub(Control.LONG_WAITS, i32[agent + Agent.LONG]);
  if (i32[agent + Agent.STACK] !== 0) free(i32[agent + Agent.STACK]);
  i32[agent + Agent.LONG] = 0;
  i32[agent + Agent.STACK] = 0;
  let failure: unknown;
  for (let waiter = i32[agent + Agent.WAITERS]; waiter !== 0; ) {
    const next = i32[waiter + Waiter.AGENT_NEXT];
    const object = i32[waiter + Waiter.OBJECT];
    if (object !== 0) {
      try {
        burials[i32[waiter + Waiter.KIND]]?.(waiter, object);
      } catch (error) {
        failure ??= error;
      }
      release(object);
    }
    free(waiter);
    waiter = next;
  }
  i32[agent + Agent.WAITERS] = 0;
  for (let waiter = i32[agent + Agent.SPARE_WAITERS]; waiter !== 0; ) {
    const next = i32[waiter + Waiter.NEXT];
    free(waiter);
    waiter = next;
  }
  i32[agent + Agent.SPARE_WAITERS] = 0;
  if (failure !== undefined) complain(failure);
}
