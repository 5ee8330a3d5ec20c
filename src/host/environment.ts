/**
 * What the process hands to every thread: the buffer of the shared heap travels in Node's environment data, which each
 * worker receives at birth whoever created it.
 */
import { types } from 'node:util';
import { getEnvironmentData, setEnvironmentData } from 'node:worker_threads';
import { VERSION } from './copies.js';

/** Another version may have another map of the heap. */
const KEY = `threadwork:heap:${VERSION}`;

/** The heap's buffer as an earlier thread announced it, or undefined in the first thread that asks. */
export function announcedBuffer(): SharedArrayBuffer | undefined {
  const found: unknown = getEnvironmentData(KEY);
  // A copy of the library in a vm context has a class of its own.
  return types.isSharedArrayBuffer(found) ? found : undefined;
}

/** Gives the heap's buffer to every worker created from now on by this thread or its descendants. */
export function announceBuffer(buffer: SharedArrayBuffer): void {
  setEnvironmentData(KEY, buffer);
}
