/**
 * A thread that outlives the main program
 *
 * The main program ends without `join()`; the process waits for the thread, whose second line comes after main's last.
 */
import { sleep, Thread } from 'threadwork';
import { check, ownOutput } from './check.js';

function threadFunction(name: number) {
  console.info('Thread %s: starting...', name);
  sleep(2000);
  console.info('Thread %s: finishing...', name);
}

const output = ownOutput();

if (output === null) {
  console.info('Main    : before creating thread...');
  const t = new Thread({ target: threadFunction, args: [1] });
  console.info('Main    : before running thread...');
  t.start();
  console.info('Main    : wait for the thread to finish...');
  // t.join();
  console.info('Main    : all done...');
} else {
  const mainsLast = output.indexOf('Main    : all done...');
  const threadsLast = output.indexOf('Thread 1: finishing...');
  check('main and the thread log six lines', output.length === 6, `they logged ${output.length}`);
  check('the thread started', output.includes('Thread 1: starting...'));
  check('its second line comes after the last of main', mainsLast >= 0 && threadsLast > mainsLast, output.join(' | '));
}
