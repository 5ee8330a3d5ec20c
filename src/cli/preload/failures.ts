/**
 * Loaded before every program of `threadwork run`: two ways to end that are no failure of the program's are told without the insides
 * of Node and of tsx. What the program listens for is its own business.
 */
import { isMainThread } from 'node:worker_threads';

/** What tsx throws for a file that is no TypeScript, one line for each place. */
const UNTRANSLATED = /^Transform failed with \d+ errors?:\n/;
/** As of a program that a SIGPIPE ended: 128 and its number. */
const BROKEN_PIPE = 141;

/** Not in Node's types. It is what tells an error of stdout from one of a socket: both look the same. */
interface Stream {
  readonly _writableState?: { readonly errorEmitted?: boolean };
}

function onUncaught(error: unknown): void {
  if (process.listenerCount('uncaughtException') > 0 || !(error instanceof Error)) return;
  const { errorEmitted } = (process.stdout as unknown as Stream)._writableState ?? {};
  // Whoever reads the output has left (| head -1).
  if ((error as NodeJS.ErrnoException).code === 'EPIPE' && errorEmitted === true) process.exit(BROKEN_PIPE);
  if (!UNTRANSLATED.test(error.message)) return;
  for (const line of error.message.split('\n').slice(1))
    process.stderr.write(`threadwork: ${line.replace(': ERROR:', ': SyntaxError:')}\n`);
  process.exit(1);
}

if (isMainThread) process.on('uncaughtExceptionMonitor', onUncaught);
