import { inspect } from 'node:util';

/** Python's order of numbers and of strings, for sorting; TypeError for values that have none. */
export function naturally(a: unknown, b: unknown): number {
  const isNumber = (value: unknown): boolean =>
    typeof value === 'number' || typeof value === 'bigint' || typeof value === 'boolean';
  if ((isNumber(a) && isNumber(b)) || (typeof a === 'string' && typeof b === 'string')) {
    return (a as number) < (b as number) ? -1 : (a as number) > (b as number) ? 1 : 0;
  }
  throw new TypeError(`${inspect(a)} and ${inspect(b)} have no order: pass a function that compares them`);
}
