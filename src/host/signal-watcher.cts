/**
 * Watches signals in a worker of its own, for Node 24 and later: there `process.binding` does not give out what is beneath
 * `process.on`, and only a thread that was started with `--expose-internals` gets it. Is told which signals, and tells each one
 * that came.
 */
import threads = require('node:worker_threads');
import type { Watch } from './signal-watch.js';

// Node would advise against this on stderr, whose reader can do nothing about it.
process.emitWarning = () => undefined;
const { internalBinding } = require('internal/test/binding') as {
  internalBinding(name: 'signal_wrap'): { Signal: new () => Watch };
};
const { Signal } = internalBinding('signal_wrap');
const watches = new Map<number, Watch>();

threads.parentPort?.on('message', ({ number, wanted }: { number: number; wanted: boolean }) => {
  if (!wanted) {
    watches.get(number)?.close();
    watches.delete(number);
    return;
  }
  const watch = new Signal();
  watch.onsignal = () => threads.parentPort?.postMessage(number);
  watch.start(number);
  watches.set(number, watch);
});
