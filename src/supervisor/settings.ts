/**
 * What programs set for all threads: words of the control block.
 */
import { Control } from '../heap/layout.js';
import { i32 } from '../heap/memory.js';

/** Size in bytes of the stack of threads started from now on; 0: the runtime's default. */
export function stackBytes(): number {
  return Atomics.load(i32, Control.STACK_BYTES);
}

/** Sets that size. */
export function setStackBytes(bytes: number): void {
  Atomics.store(i32, Control.STACK_BYTES, bytes);
}

/** Address of the message with the hook for uncaught errors; 0: the default's, -1: none. */
export function hookMessage(): number {
  return Atomics.load(i32, Control.HOOK);
}

/** Sets the hook's message and returns the one before. */
export function replaceHookMessage(message: number): number {
  return Atomics.exchange(i32, Control.HOOK, message);
}
