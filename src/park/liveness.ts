/**
 * Liveness of the event loop: a pending Atomics.waitAsync does not keep Node alive, so while one is pending a timer does
 * that never fires (its period is the longest that Node takes, 24.8 days; it costs no CPU).
 */
const LONGEST = 2 ** 31 - 1;

let holders = 0;
let keeper: NodeJS.Timeout | undefined;

/** Keeps the process (or this thread) alive until the matching `releaseLoop`. */
export function holdLoop(): void {
  if (holders++ === 0) keeper = setInterval(() => undefined, LONGEST);
}

/** Ends one `holdLoop`. The timer goes for good: an unref'd one would count as something that the thread left behind. */
export function releaseLoop(): void {
  if (--holders === 0) clearInterval(keeper);
}
