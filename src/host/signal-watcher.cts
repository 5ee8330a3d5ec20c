/**
 * Watches signals in a worker of its own, for Node 24 and later: there `process.binding` does not give out what is beneath
 * `process.on`, and only a thread that was started with `--expose-internals` gets it. Is told which signals, and tells as of when it
 * watches them, and each one that came.
 */
import threads = require('node:worker_threads');
import type { SignalWrap, WatchNews, WatchOrder } from './signal-watch.js';

// Node would advise against this on stderr, whose reader can do nothing about it.
process.emitWarning = () => undefined;
const { internalBinding } = require('internal/test/binding') as {
  internalBinding(name: 'signal_wrap'): { Signal: new () => SignalWrap };
};
const { Signal } = internalBinding('signal_wrap');
const watches = new Map<number, SignalWrap>();

function tell(news: WatchNews): void {
  threads.parentPort?.postMessage(news);
}

threads.parentPort?.on('message', ({ number, wanted }: WatchOrder) => {
  if (!wanted) {
    watches.get(number)?.close();
    watches.delete(number);
    return;
  }
  const watch = new Signal();
  watch.onsignal = () => tell({ number, came: true });
  watch.start(number);
  watches.set(number, watch);
  tell({ number, came: false });
});
