/**
 * A named thread, and a daemon
 *
 * The thread gets its argument and a name that shows wherever the thread does. The daemon is in the middle of a long
 * download when the program ends: nobody waits for it.
 */
import { AtomicInt32, currentThread, sleep, Thread } from 'threadwork';
import { check } from './check.js';

const named = new AtomicInt32(0);

function downloadFile(url: string, duration = 2000) {
  console.log(`Downloading ${url}...`);
  if (currentThread().name === 'DownloadThread') named.add(1);
  // Simulate I/O work
  sleep(duration);
  console.log(`Finished ${url}`);
}

// Create thread (with optional name)
const downloadThread = new Thread({
  target: downloadFile,
  args: ['https://example.com/data.csv'],
  name: 'DownloadThread',
});

// Start thread execution
downloadThread.start();
console.log(String(downloadThread));

// Wait for thread completion (optional)
downloadThread.join();

// daemon: ends with the program
const daemonThread = new Thread({
  target: downloadFile,
  args: ['https://example.com/huge.csv', 20_000],
  daemon: true,
});
const start = performance.now();
daemonThread.start();

check('the thread knows its name', named.load() === 1, `${downloadThread}`);
check('its text form shows the name', String(downloadThread).includes('DownloadThread'), String(downloadThread));
process.once('exit', () => {
  const elapsed = performance.now() - start;
  check('the daemon was not waited for', elapsed < 10_000, `the program went on for ${elapsed.toFixed()} ms`);
});
