/**
 * How the library boots its workers on Node.
 */
import { createRequire } from 'node:module';
import { type ResourceLimits, SHARE_ENV, type WorkerOptions } from 'node:worker_threads';
import { SUPERVISOR, THREAD } from './entry-points.js';
import { workerArguments } from './loaders.js';

/** Options of a worker that runs threads: any, or the one at `record`. */
export function threadOptions(record: number, limits?: ResourceLimits): WorkerOptions {
  const options = { ...workerOptions('thread'), workerData: { threadwork: record, code: THREAD } };
  return limits === undefined ? options : { ...options, resourceLimits: limits };
}

/** Options of the supervisor, which is born with `inheritance` and creates a first worker for threads. */
export function supervisorOptions(inheritance: unknown): WorkerOptions {
  // A symbol cannot be sent; boot.cts puts it back.
  const { env: _, ...spare } = threadOptions(0);
  const workerData = { threadwork: 0, code: SUPERVISOR, spare, inheritance };
  return { ...workerOptions('supervisor'), workerData };
}

/** A worker's environment variables are the process's, as Python's threads have it. */
function workerOptions(name: string): WorkerOptions {
  return {
    name,
    env: SHARE_ENV,
    stdin: false,
    // Nothing arrives through these: threads write to the file descriptors themselves.
    stdout: false,
    stderr: false,
    execArgv: workerArguments(),
  };
}

/** Loads a builtin module synchronously, where it is needed: the import graph of a thread stays small. */
export const loadBuiltin: NodeJS.Require = createRequire(import.meta.url);
