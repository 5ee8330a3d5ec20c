/**
 * What threads do with one map: nine reads and a write, all over it.
 */
import type { SharedMap } from 'threadwork';

/** The map's keys are the numbers below. */
export const KEYS = 1024;

export function mixed(map: SharedMap<number, number>, seed: number, times: number): number {
  let key = seed;
  let sum = 0;
  for (let k = 0; k < times; k++) {
    // xorshift32 (G. Marsaglia)
    key ^= key << 13;
    key ^= key >>> 17;
    key ^= key << 5;
    if (k % 10 === 0) map.set(key & (KEYS - 1), k);
    else sum += map.get(key & (KEYS - 1)) as number;
  }
  return sum;
}
