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
