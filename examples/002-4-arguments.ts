/**
 * Passing arguments to threads
 *
 * `args` are the function's arguments; `kwargs` arrive as one last argument, an object, which is TypeScript's way to
 * name arguments.
 */
import { AtomicInt32, Thread } from 'threadwork';
import { check } from './check.js';

const received = new AtomicInt32(0);

function processData(filename: string, { mode = 'read' } = {}) {
  console.log(`Processing ${filename} in ${mode} mode`);
  if (filename === 'data.txt' && mode === 'read') received.add(1);
  if (filename === 'config.json' && mode === 'write') received.add(10);
}

// Single argument
const t1 = new Thread({
  target: processData,
  args: ['data.txt'],
});

// Multiple arguments
const t2 = new Thread({
  target: processData,
  args: ['config.json'],
  kwargs: { mode: 'write' },
});

t1.start();
t1.join();
check('a single argument arrives, the other has its default', received.load() === 1, `received: ${received.load()}`);

t2.start();
t2.join();
check('args and kwargs arrive', received.load() === 11, `received: ${received.load()}`);
