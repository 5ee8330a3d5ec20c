/**
 * What programs set for all threads: words of the control block.
 */
import * as atomic from '../heap/atomic.js';
import { Control } from '../heap/layout.js';
import { i32 } from '../heap/memory.js';
import { release, retain } from '../heap/records.js';
import { latch, unlatch } from '../park/latch.js';

/** Size in bytes of the stack of threads started from now on; 0: the runtime's default. */
export function stackBytes(): number {
  return atomic.load(Control.STACK_BYTES);
}

/** Sets that size. */
export function setStackBytes(bytes: number): void {
  atomic.store(Control.STACK_BYTES, bytes);
}

/** Stands for a hook that was set to null. */
export const NO_HOOK = -1;

/** Whether the hook for uncaught errors was set to null. */
export function isHookless(): boolean {
  return atomic.load(Control.HOOK) === NO_HOOK;
}

/** Address of the record of the hook for uncaught errors, with a reference for the caller; 0: the default's, or NO_HOOK. */
export function takeHook(): number {
  // Seldom is one set.
  const now = atomic.load(Control.HOOK);
  if (now <= 0) return now;
  latch(Control.HOOK_LATCH);
  const hook = i32[Control.HOOK];
  if (hook > 0) retain(hook);
  unlatch(Control.HOOK_LATCH);
  return hook;
}

/** Sets the hook's record; the caller's reference goes with it. */
export function replaceHook(hook: number): void {
  latch(Control.HOOK_LATCH);
  const before = i32[Control.HOOK];
  i32[Control.HOOK] = hook;
  unlatch(Control.HOOK_LATCH);
  if (before > 0) release(before);
}
