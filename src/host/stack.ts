/**
 * Stacks: which of their frames are the program's own, and errors that show only those.
 */
import { fileURLToPath } from 'node:url';
import { Script } from 'node:vm';
import { libraryRoot } from './entry-points.js';

/** A line of a stack that is a frame. */
export const FRAME: RegExp = /^\s+at /;
/** A generator, which goes on at the frame above. */
const RESUMED = /\.next \(<anonymous>\)$/;
/** The library's sources: where source maps are on, stacks show places there. */
const sources = new URL('../src/', libraryRoot).href;
/** What frames of the library or of Node contain; of CommonJS files, stacks have the path. */
const INNER = [
  libraryRoot,
  sources,
  ...[libraryRoot, sources].map((url) => fileURLToPath(url)),
  'node:internal/',
  '(node:',
];
/** The examples that come with the library are programs like any other. */
const EXAMPLES = `${libraryRoot}examples/`;

/** Whether a frame is the library's or Node's. */
export function isInner(line: string): boolean {
  return INNER.some((mark) => line.includes(mark)) && !line.includes(EXAMPLES);
}

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

/** Where the caller of the library stood when `error` was made: the program's own frames, as lines. */
export function callersFrames(error: Error = errorHere()): string {
  const lines = (stackOf(error) ?? '').split('\n');
  return lines.filter((line) => FRAME.test(line) && !isInner(line) && !RESUMED.test(line)).join('\n');
}

interface Quiet {
  make<E>(type: new (message: string) => E, message: string): E;
  raise(error: unknown): never;
}
let quiet: Quiet | undefined;

/** Above an uncaught error Node prints the line that made it or threw it, unless that has these words: of the library it is no help. */
function quietly(): Quiet {
  quiet ??= new Script(
    '({ make: (type, message) => new type(message), raise: (error) => { throw error; } }) // node-do-not-add-exception-line',
  ).runInThisContext() as Quiet;
  return quiet;
}

/** An error whose stack begins where the program called the library. */
export function errorOfCaller<E extends Error>(type: new (message: string) => E, message: string): E {
  const frames = callersFrames();
  const error = quietly().make(type, message);
  // Assigned to, it would make the engine forget where the error was made.
  Reflect.deleteProperty(error, 'stack');
  const stack = `${error.name}: ${message}${frames === '' ? '' : `\n${frames}`}`;
  return Object.defineProperty(error, 'stack', { value: stack, writable: true, configurable: true });
}

/** Throws what ended a wait from outside. */
export function raise(error: unknown): never {
  return quietly().raise(error);
}
