/**
 * The other thread of these tests: it runs what it is sent and answers with the result or the error.
 */
import { parentPort } from 'node:worker_threads';
import { pack, unpack } from './carry.js';

parentPort?.on('message', async ({ id, entries }: { id: number; entries: Parameters<typeof unpack>[0] }) => {
  try {
    const [fn, ...args] = unpack(entries) as [(...args: unknown[]) => unknown, ...unknown[]];
    parentPort?.postMessage({ id, result: pack(await fn(...args)) });
  } catch (error) {
    const failure = error as Error;
    parentPort?.postMessage({ id, error: { name: failure?.name, message: failure?.message, stack: failure?.stack } });
  }
});
