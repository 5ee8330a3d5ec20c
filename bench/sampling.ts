/**
 * Sampling on a machine that others use too: what is compared is measured in turns, round by round, so that a slow minute
 * hits both sides; then every side is reduced to one number.
 */

/** Rounds that count where rounds are short, after those that go to compilers, and to threads that find out what pays. */
export const ROUNDS = 15;
export const WARM_UP = 5;

/** Measures once, and answers with one number. */
export type Sample = () => number | Promise<number>;

/** All numbers of all sides; a side that was left out has none. */
export type Samples<Side extends string> = Record<Side, number[]>;

/**
 * Takes `rounds` samples of every side, in turns, after `warmUp` rounds that do not count. A side that is null is left out.
 */
export async function takeTurns<Side extends string>(
  rounds: number,
  sides: Record<Side, Sample | null>,
  warmUp = 1,
): Promise<Samples<Side>> {
  const names = Object.keys(sides) as Side[];
  const found = Object.fromEntries(names.map((name) => [name, [] as number[]])) as Samples<Side>;
  for (let round = -warmUp; round < rounds; round++) {
    for (const name of names) {
      const sample = sides[name];
      if (sample === null) continue;
      const value = await sample();
      if (round >= 0) found[name].push(value);
    }
  }
  return found;
}

/** The middle of the samples, null if there are none: for what takes long enough to be interrupted, whoever measures. */
export function median(samples: readonly number[]): number | null {
  if (samples.length === 0) return null;
  const sorted = [...samples].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** The least of the samples, null if there are none: for loops of nanoseconds, which noise only ever makes slower. */
export function least(samples: readonly number[]): number | null {
  return samples.length === 0 ? null : Math.min(...samples);
}

/** How long it takes, in ms. */
export function timed(work: () => void): number {
  const start = performance.now();
  work();
  return performance.now() - start;
}

/** The middle of `times` calls, each timed on its own, in `unit` per ms; `prepare` runs before each and does not count. */
export function middleOf(times: number, perMs: number, call: () => void, prepare?: () => void): number {
  const took = new Float64Array(times);
  for (let k = 0; k < times; k++) {
    prepare?.();
    const start = performance.now();
    call();
    took[k] = performance.now() - start;
  }
  return (median([...took]) as number) * perMs;
}
