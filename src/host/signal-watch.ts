/**
 * Watching signals in any thread. Node offers that to main only, as `process.on`, but the platform tells every event loop that
 * watches a signal, and what is beneath `process.on` works in every thread.
 */
import type { Worker as NodeWorker } from 'node:worker_threads';
import { signalWatcherFile } from './entry-points.js';
import { loadBuiltin } from './worker.js';

/** Node's own watch on a signal. */
export interface Watch {
  onsignal: (number: number) => void;
  /** 0: it watches. */
  start(number: number): number;
  unref(): void;
  close(): void;
}

/** A watch, undefined where there is none to be had. */
export function newWatch(): Watch | undefined {
  // Node would advise against this on stderr, whose reader can do nothing about it.
  const { noDeprecation: before = false } = process;
  process.noDeprecation = true;
  try {
    const { binding } = process as unknown as { binding(name: string): { Signal: new () => Watch } };
    return new (binding('signal_wrap').Signal)();
  } catch {
    return watchElsewhere();
  } finally {
    process.noDeprecation = before;
  }
}

let watcher: NodeWorker | undefined;
const listeners = new Map<number, (number: number) => void>();

/** A watch in a worker of its own (signal-watcher.cts). */
function watchElsewhere(): Watch | undefined {
  try {
    watcher ??= startWatcher();
  } catch {
    return undefined;
  }
  const worker = watcher;
  let watched = 0;
  return {
    onsignal: () => undefined,
    start(number) {
      watched = number;
      listeners.set(number, (arrived) => this.onsignal(arrived));
      worker.postMessage({ number, wanted: true });
      return 0;
    },
    unref: () => undefined,
    close() {
      listeners.delete(watched);
      worker.postMessage({ number: watched, wanted: false });
    },
  };
}

function startWatcher(): NodeWorker {
  const { Worker } = loadBuiltin('node:worker_threads') as { Worker: typeof NodeWorker };
  const worker = new Worker(signalWatcherFile, { execArgv: ['--expose-internals'], name: 'signals', stdin: false });
  worker.on('message', (number: number) => listeners.get(number)?.(number));
  // Without it signals come when main's wait is over.
  worker.on('error', () => undefined);
  worker.unref();
  return worker;
}
