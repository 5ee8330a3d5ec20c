/**
 * Watching signals in any thread. Node offers that to main only, as `process.on`, but the platform tells every event loop that
 * watches a signal, and what is beneath `process.on` works in every thread.
 */
import type { Worker as NodeWorker } from 'node:worker_threads';
import { signalWatcherFile } from './entry-points.js';
import { loadBuiltin } from './worker.js';

/** Node's own watch on a signal: beneath `process.on`. */
export interface SignalWrap {
  onsignal: () => void;
  /** 0: it watches. */
  start(number: number): number;
  unref(): void;
  close(): void;
}

/** Keeps a signal from ending the process, until it is closed. */
export interface Watch {
  /** Is fulfilled as soon as the signal is watched, or cannot be: until then it ends the process. */
  readonly ready: Promise<unknown>;
  close(): void;
}

/** Calls `came` for each of these signals that arrives; undefined where there is no way to watch one. */
export function watchSignal(number: number, came: () => void): Watch | undefined {
  let wrap: SignalWrap | undefined;
  try {
    wrap = newWrap();
  } catch {
    return watchElsewhere(number, came);
  }
  wrap.onsignal = came;
  wrap.unref();
  if (wrap.start(number) === 0) return { ready: Promise.resolve(), close: () => wrap.close() };
  wrap.close();
  return undefined;
}

function newWrap(): SignalWrap {
  // Node would advise against this on stderr, whose reader can do nothing about it.
  const { noDeprecation: before = false } = process;
  process.noDeprecation = true;
  try {
    const { binding } = process as unknown as { binding(name: string): { Signal: new () => SignalWrap } };
    return new (binding('signal_wrap').Signal)();
  } finally {
    process.noDeprecation = before;
  }
}

/** What is told to the worker that watches: which signal, and whether to begin or to end. */
export interface WatchOrder {
  readonly number: number;
  readonly wanted: boolean;
}

/** What the worker tells: that it watches the signal now, or that one came. */
export interface WatchNews {
  readonly number: number;
  readonly came: boolean;
}

interface Listener {
  readonly came: () => void;
  readonly ready: () => void;
}

let watcher: NodeWorker | undefined;
const listeners = new Map<number, Listener>();

/** A watch in a worker of its own (signal-watcher.cts). */
function watchElsewhere(number: number, came: () => void): Watch | undefined {
  try {
    watcher ??= startWatcher();
  } catch {
    return undefined;
  }
  const worker = watcher;
  const tell = (wanted: boolean) => worker.postMessage({ number, wanted } satisfies WatchOrder);
  const ready = new Promise<void>((settle) => listeners.set(number, { came, ready: settle }));
  tell(true);
  return {
    ready,
    close() {
      listeners.delete(number);
      tell(false);
    },
  };
}

function startWatcher(): NodeWorker {
  const { Worker } = loadBuiltin('node:worker_threads') as { Worker: typeof NodeWorker };
  const worker = new Worker(signalWatcherFile, { execArgv: ['--expose-internals'], name: 'signals', stdin: false });
  worker.on('message', ({ number, came }: WatchNews) => {
    const listener = listeners.get(number);
    if (came) listener?.came();
    else listener?.ready();
  });
  // Without it signals come when main's wait is over.
  worker.on('error', () => undefined);
  worker.on('exit', () => {
    watcher = undefined;
    for (const listener of listeners.values()) listener.ready();
  });
  worker.unref();
  return worker;
}
