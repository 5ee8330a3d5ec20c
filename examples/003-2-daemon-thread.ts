/**
 * A daemon thread
 *
 * The same with `daemon: true`: when the main program ends, the process does not wait, and the thread's second line is
 * missing.
 */
import { Event, sleep, Thread } from 'threadwork';
import { check, ownOutput } from './check.js';

const started = new Event();

function threadFunction(name: number) {
  console.info('Thread %s: starting...', name);
  started.set();
  sleep(2000);
  console.info('Thread %s: finishing...', name);
}

const output = ownOutput();

if (output === null) {
  console.info('Main    : before creating thread...');
  const t = new Thread({ target: threadFunction, args: [1], daemon: true });
  console.info('Main    : before running thread...');
  t.start();
  console.info('Main    : wait for the thread to finish...');
  // t.join();
  started.wait(); // otherwise the process could be gone before the thread has logged anything
  console.info('Main    : all done...');
} else {
  check('main and the thread log five lines', output.length === 5, `they logged ${output.length}`);
  check('the thread started', output.includes('Thread 1: starting...'));
  check('the last line is from main', output.at(-1) === 'Main    : all done...', `it is "${output.at(-1)}"`);
  check('the thread did not finish', !output.includes('Thread 1: finishing...'), 'it did');
}
