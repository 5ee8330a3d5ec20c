/**
 * The first file that runs in a worker of the library. It is CommonJS, since Node boots a worker from a module in one and a
 * half times as long; the library's modules are then loaded synchronously.
 */
import nodeModule = require('node:module');
import path = require('node:path');
import threads = require('node:worker_threads');
import type { MessagePort } from 'node:worker_threads';

interface Birth {
  /** Module to load, below the library's root; its `main` is called. */
  readonly code: string;
  /** To the supervisor, if that did not make this worker: it would not hear of an error here. */
  readonly supervisor?: MessagePort;
}

const { code, supervisor } = threads.workerData as Birth;

/** Who ends the process waits for us, or we do not begin (host/boots.ts). */
const boots = threads.getEnvironmentData('threadwork:boots:1');
const words = new Int32Array(boots instanceof SharedArrayBuffer ? boots : new ArrayBuffer(8));
const BARRED = 0;
const LOADING = 1;

Atomics.add(words, LOADING, 1);
if (Atomics.load(words, BARRED) === 0) {
  // Node 20 and 22 warn when a module is required, but not when code below node_modules does it.
  const load = nodeModule.createRequire(path.join(__dirname, 'node_modules', 'threadwork', 'load.js'));
  let entry: { main: () => void };
  try {
    entry = load(path.join(__dirname, '..', code)) as typeof entry;
  } catch (error) {
    supervisor?.postMessage(error);
    throw error;
  } finally {
    Atomics.sub(words, LOADING, 1);
  }
  entry.main();
} else {
  Atomics.sub(words, LOADING, 1);
  // The process ends any moment. If this worker ended by itself, its thread would be reported dead.
  setInterval(() => undefined, 2 ** 30);
}
