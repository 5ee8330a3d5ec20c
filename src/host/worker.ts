/**
 * How the library boots its workers on Node.
 */
import { createRequire } from 'node:module';
import { type MessagePort, type ResourceLimits, SHARE_ENV, type WorkerOptions } from 'node:worker_threads';
import { SUPERVISOR, THREAD } from './entry-points.js';
import { workerArguments } from './loaders.js';

/** Options of a worker that runs threads: any, or the one at `record`. */
export function threadOptions(record: number, limits?: ResourceLimits): WorkerOptions {
  const options = { ...workerOptions('thread'), workerData: { threadwork: record, code: THREAD } };
  return limits === undefined ? options : { ...options, resourceLimits: limits };
}

/** Options of the first worker that runs threads, which the supervisor at the other end of `supervisor` did not make. */
export function firstThreadOptions(supervisor: MessagePort): WorkerOptions {
  const workerData = { threadwork: 0, code: THREAD, supervisor };
  return { ...workerOptions('thread'), workerData, transferList: [supervisor] };
}

/** Options of the supervisor. `first` leads to the first worker, which Node numbered `number`; `inheritance` see workers.ts. */
export function supervisorOptions(first: MessagePort, number: number, inheritance: unknown): WorkerOptions {
  const workerData = { threadwork: 0, code: SUPERVISOR, first, number, inheritance };
  return { ...workerOptions('supervisor'), workerData, transferList: [first] };
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
