import { stackOf } from '../host/stack.js';
import { frozenHint } from '../wire/captives.js';

/**
 * Adds what to do to a TypeError that came from writing to a captured value: those are frozen copies, so that writing throws
 * instead of silently diverging, but the engine's words do not say so.
 */
export function explainFrozen(error: unknown): void {
  const hint = frozenHint(error);
  if (hint === undefined) return;
  const { message } = error as TypeError;
  const stack = stackOf(error as TypeError);
  const explained = `${message} (${hint})`;
  (error as TypeError).message = explained;
  // The stack was formatted when the error was made.
  if (stack !== undefined) (error as TypeError).stack = stack.replace(message, () => explained);
}
