/** A wrong use of the command line: one line for the user, exit code 2. */
export class UsageError extends Error {
  override name = 'UsageError';
}

/** What somebody wrote on the command line, for a message of one line. */
export function shown(word: string): string {
  return /^$|[\u0000-\u001f\u007f]/.test(word) ? JSON.stringify(word) : word;
}
