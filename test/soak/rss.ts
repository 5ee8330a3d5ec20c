/** Whether the process grows. */

/**
 * The first rounds load code, compile it and find how large the JavaScript heaps are to be. Afterwards the memory of a round depends
 * on who dies of what, by a third up or down; so thirds of the rounds are compared.
 */
const WARM_UP = 3;
const LEAST_ROUNDS = 9;
/** The median of the last third may be larger by this part of that of the first third. */
const MOST = 0.2;

/** What is wrong with the resident set sizes after each round; undefined: nothing, or too few rounds to tell. */
export function growth(sizes: readonly number[]): string | undefined {
  const counted = sizes.slice(WARM_UP);
  if (counted.length < LEAST_ROUNDS) return undefined;
  const third = Math.floor(counted.length / 3);
  const [first, last] = [median(counted.slice(0, third)), median(counted.slice(-third))];
  if (last <= first * (1 + MOST)) return undefined;
  return `the process grows: ${first} bytes in the median of the first third of the rounds, ${last} in that of the last`;
}

function median(numbers: readonly number[]): number {
  return [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length / 2)];
}
