/**
 * Workers that boot while the process ends. Node 20 crashes the process if it stops a worker in the middle of a synchronous load
 * of ES modules (`v8::Module::IsGraphAsync must be used on an instantiated module`). So whoever ends the process first bars the
 * door and lets those get in who are under way:
 *
 *   a worker (boot.cts):  LOADING + 1;  looks at BARRED, and loads nothing if it is set;  LOADING - 1 when it has loaded
 *   who ends:             BARRED = 1;   waits until LOADING is 0
 *
 * Both are sequentially consistent, so one of the two sees the other.
 */
import { types } from 'node:util';
import { getEnvironmentData, setEnvironmentData } from 'node:worker_threads';

/** boot.cts has the same. */
const KEY = 'threadwork:boots:1';
const BARRED = 0;
const LOADING = 1;

const found: unknown = getEnvironmentData(KEY);
const words: Int32Array = new Int32Array(types.isSharedArrayBuffer(found) ? found : new SharedArrayBuffer(8));
if (words.buffer !== found) setEnvironmentData(KEY, words.buffer);

/** Lets no worker load the library from now on. */
export function barBoots(): void {
  Atomics.store(words, BARRED, 1);
}

/** Whether a worker is loading the library just now. */
export function isBooting(): boolean {
  return Atomics.load(words, LOADING) > 0;
}
