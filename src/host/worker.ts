/**
 * How the library boots its workers on Node.
 */
import { createRequire } from 'node:module';
import { type ResourceLimits, SHARE_ENV, type WorkerOptions } from 'node:worker_threads';
import { workerArguments } from './loaders.js';

/** Options of a worker that belongs to the library. Its environment variables are the process's, as Python's threads have it. */
export function workerOptions(name: string, limits?: ResourceLimits): WorkerOptions {
  return {
    name,
    env: SHARE_ENV,
    stdin: false,
    // Nothing arrives through these: threads write to the file descriptors themselves.
    stdout: false,
    stderr: false,
    execArgv: workerArguments(),
    ...(limits === undefined ? {} : { resourceLimits: limits }),
  };
}

/** Loads a builtin module synchronously, where it is needed: the import graph of a thread stays small. */
export const loadBuiltin: NodeJS.Require = createRequire(import.meta.url);
