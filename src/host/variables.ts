/**
 * Environment variables. The library is imported for the program's sake: a variable that makes no sense is said so, in one line on
 * stderr, and counts as not set. An error at the import would end programs, with a stack that means nothing to their users.
 */
import { writeSync } from 'node:fs';

/** What `read` makes of the variable; undefined if it is not set, empty, or what `read` answers undefined for: what is not `allowed`. */
export function variable<T>(name: string, allowed: string, read: (text: string) => T | undefined): T | undefined {
  const text = process.env[name];
  if (text === undefined || text === '') return undefined;
  const value = read(text);
  if (value === undefined) complain(name, `is ${JSON.stringify(text)}; it must be ${allowed}`);
  return value;
}

/** Says what is wrong with the variable. It counts as not set. */
export function complain(name: string, wrong: string): void {
  try {
    // At once: what comes next may block this thread for good.
    writeSync(2, `threadwork: ${name} ${wrong}. It is ignored.\n`);
  } catch {
    // Nobody reads it.
  }
}

/** A variable that is a whole number. */
export function wholeVariable(name: string, least: number, most: number, unit: string): number | undefined {
  return variable(name, `a whole number${unit} from ${least} to ${most}`, (text) => {
    const value = text.trim() === '' ? Number.NaN : Number(text);
    return Number.isSafeInteger(value) && value >= least && value <= most ? value : undefined;
  });
}

/** A variable that switches something on. */
export function isSwitchedOn(name: string): boolean {
  return (
    variable(name, '1 (on) or 0 (off)', (text) => (text === '1' ? true : text === '0' ? false : undefined)) ?? false
  );
}
