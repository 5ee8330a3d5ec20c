/**
 * What programs set for all threads: words of the control block.
 */
import * as atomic from '../heap/atomic.js';
import { Control } from '../heap/layout.js';

/** Size in bytes of the stack of threads started from now on; 0: the runtime's default. */
export function stackBytes(): number {
  return atomic.load(Control.STACK_BYTES);
}

/** Sets that size. */
export function setStackBytes(bytes: number): void {
  atomic.store(Control.STACK_BYTES, bytes);
}

/** Address of the message with the hook for uncaught errors; 0: the default's, -1: none. */
export function hookMessage(): number {
  return atomic.load(Control.HOOK);
}

/** Sets the hook's message and returns the one before. */
export function replaceHookMessage(message: number): number {
  return atomic.exchange(Control.HOOK, message);
}
