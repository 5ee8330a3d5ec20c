/**
 * The other thread of these tests: it runs what it is sent and answers with the result or the error.
 */
import { parentPort } from 'node:worker_threads';
import { pack, unpack } from './carry.js';

async function answer({ id, entries }: { id: number; entries: Parameters<typeof unpack>[0] }): Promise<void> {
  try {
    const [fn, ...args] = unpack(entries) as [(...args: unknown[]) => unknown, ...unknown[]];
    parentPort?.postMessage({ id, result: pack(await fn(...args)) });
  } catch (error) {
    const failure = error as Error;
    parentPort?.postMessage({ id, error: { name: failure?.name, message: failure?.message, stack: failure?.stack } });
  }
}

parentPort?.on('message', (message: Parameters<typeof answer>[0]) => void answer(message));
