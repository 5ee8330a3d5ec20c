/** Chance that can be repeated, and what threads do with it. */

/** A generator of whole numbers from 0 up to, but not including, its argument; the same ones for the same seed. */
export function chanceFrom(seed: number): (below: number) => number {
  let state = (seed * 2_654_435_761 + 1) >>> 0;
  return (below) => {
    // xorshift32 (G. Marsaglia)
    state ^= state << 13;
    state ^= state >>> 17;
    state = (state ^ (state << 5)) >>> 0;
    return state % below;
  };
}

/** Lets the event loop turn once. */
export function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** Runs an attempt that is aborted after `ms`; whether it succeeded all the same. */
export async function abortedAfter(ms: number, attempt: (signal: AbortSignal) => Promise<unknown>): Promise<boolean> {
  const controller = new AbortController();
  const abort = () => controller.abort();
  const cancel =
    ms === 0
      ? clearImmediate.bind(undefined, setImmediate(abort))
      : clearTimeout.bind(undefined, setTimeout(abort, ms));
  try {
    return Boolean(await attempt(controller.signal));
  } catch (error) {
    if (error !== controller.signal.reason) throw error;
    return false;
  } finally {
    cancel();
  }
}
