/**
 * Runs functions in another thread.
 */
import { Worker } from 'node:worker_threads';
import { pack, unpack } from './carry.js';

let worker: Worker | undefined;
let count = 0;
const open = new Map<number, { resolve: (value: unknown) => void; reject: (error: unknown) => void }>();

/** The result of `fn(...args)` in the other thread; one thread for all calls. Throws what capturing throws at once. */
export async function elsewhere(fn: (...args: never[]) => unknown, ...args: unknown[]): Promise<unknown> {
  const entries = pack([fn, ...args]);
  worker ??= start();
  worker.ref();
  const id = ++count;
  try {
    return await new Promise((resolve, reject) => {
      open.set(id, { resolve, reject });
      worker?.postMessage({ id, entries });
    });
  } finally {
    if (open.size === 0) worker.unref();
  }
}

function start(): Worker {
  const thread = new Worker(new URL('./thread.js', import.meta.url), { execArgv: [] });
  thread.on(
    'message',
    ({ id, result, error }: { id: number; result?: Parameters<typeof unpack>[0]; error?: Error }) => {
      const call = open.get(id);
      open.delete(id);
      if (error) call?.reject(Object.assign(new Error(error.message), error));
      else call?.resolve(unpack(result ?? []));
    },
  );
  thread.on('error', (error) => {
    for (const call of open.values()) call.reject(error);
  });
  return thread;
}
