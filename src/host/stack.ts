/**
 * The stack of an error, undefined where it has none that is a text: reading it formats it, and a user's
 * `Error.prepareStackTrace` may throw or give something else.
 */
export function stackOf(error: object): string | undefined {
  try {
    const { stack } = error as { readonly stack?: unknown };
    return typeof stack === 'string' ? stack : undefined;
  } catch {
    return undefined;
  }
}

/** How deep in the library waits begin, and some: frames that would take the place of the program's own. */
const OWN_FRAMES = 16;

/** An error for its stack alone: of the program it shows as many frames as that wants to see of its errors, or more. */
export function errorHere(): Error {
  const limit = Error.stackTraceLimit;
  const isDeeper = Reflect.set(Error, 'stackTraceLimit', (Number(limit) || 0) + OWN_FRAMES);
  const error = new Error();
  if (isDeeper) Error.stackTraceLimit = limit;
  return error;
}
