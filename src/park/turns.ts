/**
 * Turns of the event loop. What awaits an asynchronous call that need not wait goes on without a turn of the loop. A chain of
 * such calls that other threads keep supplied, such as `for (;;) use(await queue.getAsync())`, would keep the timers, sockets and
 * requests of its thread waiting for as long as the others keep up: for ever, on a machine with many cores. So from time to time the answer
 * of a call waits for a turn. What the call does is done by then, at the same time and in the same order as ever.
 */
import { clock } from '../host/clock.js';

/** For so long chains go on without a turn, in ms. A request needs several turns, and a turn some microseconds. */
const LONGEST_MS = 1;
/** The clock is read with every so many calls. */
const CALLS = 8;

let calls = 0;
let lastTurn = 0;
let turn: Promise<void> | undefined;

/** A turn of the event loop. */
export function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** The answer of an asynchronous call that is done: at once, or after a turn if one is due. */
export function inTurn<T>(answer: T): T | Promise<T> {
  if (turn === undefined) {
    if (++calls < CALLS) return answer;
    calls = 0;
    if (clock() - lastTurn < LONGEST_MS) return answer;
    turn = nextTurn().then(() => {
      turn = undefined;
      lastTurn = clock();
    });
  }
  // All chains: one that went on would be in the way of the turn.
  return turn.then(() => answer);
}
